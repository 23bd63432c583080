/** `packetd config` as a process: what goes where, its exit status, and how few permissions it takes. */
import assert from "node:assert/strict";
import { referenceText } from "../../src/config/reference.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function config(permissions: readonly string[], ...args: string[]): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, main, "config", ...args],
    env: { PACKETD_TEST_LEVEL: "warn" },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

async function withFile(content: string | Uint8Array, run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

const RULES = "sniffer.protocols.rules: [{protocol: http, ports: [80]}]\n";

Deno.test("the reference goes to standard output, and needs no permission", async () => {
  const { code, out, err } = await config([]);
  assert.deepEqual([code, out, err], [0, referenceText() + "\n", ""]);
});

Deno.test("a configuration that is right exits 0 and says so; to read it is all that it takes", async () => {
  await withFile(RULES, async (path) => {
    assert.deepEqual(await config([`--allow-read=${path}`], "--check", path), {
      code: 0,
      out: `${path} can be used\n`,
      err: "",
    });
  });
});

Deno.test("warnings leave it usable", async () => {
  await withFile(`${RULES}controller.connExpired: 30s\n`, async (path) => {
    assert.deepEqual(await config([`--allow-read=${path}`], "--check", path), {
      code: 0,
      out: `${path} can be used, in spite of the warnings\n`,
      err: `warning: ${path}:2: controller.connExpired: '30s' is too short: 1m is used\n`,
    });
  });
});

Deno.test("all that is wrong goes to standard error with its lines, and the exit is 1", async () => {
  const text = `${RULES}logger.level: \${PACKETD_TEST_LEVEL}
server.adress: "\\e[31m"
processor:
  - name: roundtripsfilter
    config: {where: "htp"}
`;
  await withFile(text, async (path) => {
    const { code, out, err } = await config(
      [`--allow-read=${path}`, "--allow-env=PACKETD_TEST_LEVEL"],
      "--check",
      path,
    );
    assert.deepEqual([code, out], [1, ""]);
    const lines = err.split("\n");
    assert.equal(lines[0], `packetd: ${path} cannot be used`);
    assert.ok(lines[1].startsWith(`${path}:3: server.adress: there is no such key; did you mean address? there are `));
    assert.ok(lines[2].startsWith(`${path}:6: processor[0].config.where: 'htp' cannot be used: `), lines[2]);
    assert.deepEqual(lines.slice(3), [""]);

    const lenient = await config(
      [`--allow-read=${path}`, "--allow-env=PACKETD_TEST_LEVEL"],
      "--check",
      path,
      "--lenient",
    );
    assert.equal(lenient.code, 0);
    assert.match(lenient.err, /^warning: .*:3: server\.adress: .*; ignored\nwarning: .*:6: .*; "" is used\n$/);
  });
});

Deno.test("a filter is compiled where that is possible, and left alone where it is not", async () => {
  await withFile(`${RULES}sniffer.filter: tcp prt 80\n`, async (path) => {
    const blind = await config([`--allow-read=${path}`], "--check", path);
    assert.equal(blind.code, 0, blind.err);
  });
});

Deno.test("a variable that may not be read is said with the way out", async () => {
  await withFile(`${RULES}logger.level: \${PACKETD_TEST_LEVEL}\n`, async (path) => {
    const { code, err } = await config([`--allow-read=${path}`], "--check", path);
    assert.equal(code, 1);
    assert.match(
      err,
      /:2: logger\.level: the variable PACKETD_TEST_LEVEL cannot be read: .*--allow-env=PACKETD_TEST_LEVEL\n$/,
    );
  });
});

Deno.test("files that are no configuration: none, a folder, no text, too much", async () => {
  const table: [string | Uint8Array, RegExp][] = [
    [
      new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]),
      /cannot be read: it is no text \(a configuration is YAML, in UTF-8\)\n$/,
    ],
    ["#".repeat(300 * 1024), /cannot be read: it is larger than 256 KiB: that is no configuration\n$/],
    ["a: [", /:1: no YAML: /],
  ];
  for (const [content, pattern] of table) {
    await withFile(content, async (path) => {
      const { code, out, err } = await config([`--allow-read=${path}`], "--check", path, "--lenient");
      assert.deepEqual([code, out], [1, ""], err);
      assert.match(err, pattern);
    });
  }
  const missing = await config(["--allow-read"], "--check", "/nowhere/packetd.yaml");
  assert.deepEqual(
    [missing.code, missing.err],
    [
      1,
      "packetd: '/nowhere/packetd.yaml' cannot be read: there is no such file; `packetd config > /nowhere/packetd.yaml` makes one\n",
    ],
  );
  const folder = await config(["--allow-read"], "--check", "/");
  assert.deepEqual([folder.code, folder.err], [1, "packetd: '/' cannot be read: it is a folder\n"]);
});

Deno.test("flags that are wrong exit 2", async () => {
  const table: [string[], RegExp][] = [
    [["--chek", "a"], /unknown flag: --chek; did you mean --check\?/],
    [["--check"], /--check needs a value: path/],
    [["--lenient"], /--lenient goes with --check FILE/],
  ];
  for (const [args, pattern] of table) {
    const { code, out, err } = await config([], ...args);
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, pattern);
  }
});
