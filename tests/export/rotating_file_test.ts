import assert from "node:assert/strict";
import { join } from "node:path";
import { RotatingFile, type Rotation } from "../../src/export/rotating_file.ts";

const rotation: Rotation = { maxBytes: 10, maxBackups: 10, maxAgeDays: 7 };
const NOON = new Date(2025, 5, 28, 12, 0, 0).getTime();
const encoder = new TextEncoder();
const silent = () => {};

function inFolder(name: string, test: (folder: string) => void, ignore = false): void {
  Deno.test({
    name,
    ignore,
    fn: () => {
      const folder = Deno.makeTempDirSync();
      try {
        test(folder);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
}

function write(file: RotatingFile, text: string): void {
  file.write(encoder.encode(text), text.split("\n").length - 1);
}

inFolder("a file is renamed before the write that would make it too long", (folder) => {
  const path = join(folder, "roundtrips.log");
  const file = new RotatingFile(path, rotation, silent, () => NOON + 749);
  write(file, "12345\n");
  write(file, "789\n");
  assert.deepEqual(names(folder), ["roundtrips.log"], "just full");
  write(file, "next\n");
  file.close();
  assert.deepEqual(names(folder), ["roundtrips-2025-06-28T12-00-00.749.log", "roundtrips.log"]);
  assert.equal(Deno.readTextFileSync(join(folder, "roundtrips-2025-06-28T12-00-00.749.log")), "12345\n789\n");
  assert.equal(Deno.readTextFileSync(path), "next\n");
});

inFolder("what stands in the file already stays, and counts", (folder) => {
  const path = join(folder, "a.log");
  Deno.writeTextFileSync(path, "old line\n");
  const file = new RotatingFile(path, rotation, silent, () => NOON);
  write(file, "x\n");
  file.close();
  assert.equal(Deno.readTextFileSync(join(folder, "a-2025-06-28T12-00-00.000.log")), "old line\n");
  assert.equal(Deno.readTextFileSync(path), "x\n");
});

inFolder("only so many renamed files are kept, and a name is never taken twice", (folder) => {
  const file = new RotatingFile(join(folder, "a.log"), { ...rotation, maxBackups: 2 }, silent, () => NOON);
  for (let i = 0; i < 6; i++) write(file, `line ${i}...\n`);
  file.close();
  assert.equal(names(folder).length, 3);
  const kept = names(folder).map((name) => Deno.readTextFileSync(join(folder, name))).sort();
  assert.deepEqual(kept.at(-1), "line 5...\n");
});

inFolder("renamed files that are too old are deleted, others' files are not", (folder) => {
  const others = ["a-2025-06-01T00-00-00.000.txt", "b-2025-06-01T00-00-00.000.log", "a-notes.log", "a-2025-06-01.log"];
  for (const name of [...others, "a-2025-06-01T00-00-00.000.log", "a-2025-06-27T00-00-00.000.log"]) {
    Deno.writeTextFileSync(join(folder, name), "");
  }
  new RotatingFile(join(folder, "a.log"), rotation, silent, () => NOON).close();
  assert.deepEqual(names(folder), [...others, "a-2025-06-27T00-00-00.000.log", "a.log"].sort());
});

inFolder("the folders above it are made, and nobody else may read it", (folder) => {
  const path = join(folder, "deep", "er", "a");
  const file = new RotatingFile(path, rotation, silent);
  write(file, "x\n");
  file.close();
  assert.equal(Deno.readTextFileSync(path), "x\n");
  if (Deno.build.os !== "windows") assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
});

inFolder("a line longer than the file may be has a file of its own", (folder) => {
  const file = new RotatingFile(join(folder, "a.log"), rotation, silent, () => NOON);
  write(file, "a line that is too long\n");
  write(file, "x\n");
  file.close();
  assert.equal(file.lostLines, 0);
  assert.equal(names(folder).length, 2);
});

inFolder("a disk that fails costs lines, said once, and is tried again", (folder) => {
  const path = join(folder, "a.log");
  Deno.symlinkSync("/dev/full", path);
  const said: string[] = [];
  let now = NOON;
  const file = new RotatingFile(path, rotation, (message) => said.push(message), () => now);
  for (let i = 0; i < 3; i++) write(file, "lost\n");
  assert.equal(file.lostLines, 3);
  assert.equal(said.length, 1);
  assert.match(said[0], /cannot write to .*a\.log/);
  Deno.removeSync(path);
  write(file, "lost\n");
  now += 1000;
  write(file, "kept\n");
  file.close();
  assert.equal(Deno.readTextFileSync(path), "kept\n");
  assert.equal(said.length, 2);
  assert.match(said[1], /works again; 4 lines were lost/);
}, Deno.build.os !== "linux");

inFolder("what is no regular file is never renamed", (folder) => {
  const path = join(folder, "a.log");
  Deno.symlinkSync("/dev/null", path);
  const file = new RotatingFile(path, rotation, silent);
  for (let i = 0; i < 5; i++) write(file, "123456789\n");
  file.close();
  assert.deepEqual(names(folder), ["a.log"]);
}, Deno.build.os === "windows");

inFolder("a file that cannot be opened is an error at once", (folder) => {
  assert.throws(() => new RotatingFile(folder, rotation, silent));
});
