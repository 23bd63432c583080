/** The import law: which folder may import which. Read from what Deno itself resolves. */
import assert from "node:assert/strict";

const root = new URL("../", import.meta.url);

/** For each folder, the folders whose modules it may import besides its own. */
const law: Record<string, readonly string[]> = {
  "ffi": [],
  "src/bytes": [],
  "src/core": ["src/bytes"],
  "src/match": ["src/core", "src/bytes"],
  "src/net": ["src/core", "src/bytes"],
  "src/query": ["src/core", "src/bytes"],
  "src/process": ["src/core", "src/bytes", "src/query", "src/process/fingerprint"],
  "src/process/fingerprint": ["src/core"], // a leaf, so that protocols may have it
  "src/protocols": ["src/core", "src/bytes", "src/match", "src/process/fingerprint"],
  "src/capture": ["src/core", "src/bytes", "ffi"],
  "src/export": ["src/core", "src/bytes", "src/process"],
  "src/config": ["src/core", "src/bytes", "src/protocols"],
  "src/lane": ["src/capture", "src/net", "src/protocols", "src/match", "src/process", "src/core", "src/bytes"],
  "src/server": [
    "src/core",
    "src/bytes",
    "src/export",
    "src/process",
    "src/query",
    "src/lane",
  ],
  "src/agent": [
    "ffi",
    "src/bytes",
    "src/capture",
    "src/config",
    "src/core",
    "src/export",
    "src/lane",
    "src/process",
    "src/protocols",
    "src/query",
    "src/server",
  ],
  "src/stats": ["src/core", "src/bytes", "src/query", "src/process", "src/export"], // of export, how values read
};

interface Module {
  specifier: string;
  dependencies?: { code?: { specifier: string }; type?: { specifier: string }; isDynamic?: boolean }[];
}

/** `src/net/tcp.ts` as `src/net`; undefined for what is not ours. */
function folderOf(specifier: string): string | undefined {
  if (!specifier.startsWith(root.href)) return undefined;
  const parts = specifier.slice(root.href.length).split("/");
  if (parts[0] !== "src") return parts[0];
  const inner = `src/${parts[1]}/${parts[2]}`;
  return inner in law ? inner : `src/${parts[1]}`;
}

/** `src/protocols/http/mod.ts` as `http`; undefined for the registry and for kits (`_h2`). */
function protocolOf(specifier: string): string | undefined {
  const match = /\/src\/protocols\/([^/]+)\//.exec(specifier);
  return match === null || match[1].startsWith("_") ? undefined : match[1];
}

/** The main thread's modules, and those that only a Worker loads. */
async function modules(): Promise<Module[]> {
  const graphs = await Promise.all(["main.ts", "src/agent/lane_worker.ts"].map(async (entry) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", new URL(entry, root).pathname],
      stdout: "piped",
      stderr: "null",
    });
    const { stdout } = await command.output();
    return JSON.parse(new TextDecoder().decode(stdout)).modules as Module[];
  }));
  return [...new Map(graphs.flat().map((module) => [module.specifier, module])).values()];
}

Deno.test("no module imports what its folder may not", async () => {
  const broken: string[] = [];
  for (const { specifier, dependencies = [] } of await modules()) {
    const folder = folderOf(specifier);
    if (folder === undefined || !(folder in law)) continue;
    for (const { code, type } of dependencies) {
      const target = code?.specifier ?? type?.specifier ?? "";
      const other = folderOf(target);
      if (other === undefined) continue;
      const from = protocolOf(specifier), to = protocolOf(target);
      const stranger = other !== folder && !law[folder].includes(other);
      const neighbour = from !== undefined && to !== undefined && from !== to;
      if (stranger || neighbour) broken.push(`${specifier} imports ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("the graph holds every folder that the law names and exists", async () => {
  const present = new Set((await modules()).map((module) => folderOf(module.specifier)));
  for (
    const folder of [
      "ffi",
      "src/bytes",
      "src/core",
      "src/match",
      "src/net",
      "src/protocols",
      "src/capture",
      "src/query",
    ]
  ) {
    assert.ok(present.has(folder), `${folder} is not reached from main.ts`);
  }
});

/** What is loaded with a module, dynamic imports left out. */
function loadedWith(module: string, graph: ReadonlyMap<string, Module>): string[] {
  const loaded = new Set([new URL(module, root).href]);
  for (const specifier of loaded) {
    for (const { code, isDynamic } of graph.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}

Deno.test("what a command needs is loaded when it runs: the version needs no library, help the command line alone", async () => {
  const graph = new Map((await modules()).map((module) => [module.specifier, module]));
  for (const [module, wanted] of [["main.ts", []], ["src/cli/command_line.ts", ["commander"]]] as const) {
    const loaded = loadedWith(module, graph);
    const libraries = loaded.filter((specifier) => specifier.startsWith("npm:"));
    assert.deepEqual(libraries.map((specifier) => specifier.replace(/^npm:\/?|@[\d.]+$/g, "")), wanted);
    const folders = new Set(loaded.map(folderOf));
    for (const folder of ["src/config", "src/agent", "src/lane", "src/net"]) assert.ok(!folders.has(folder), folder);
  }
});

Deno.test("the lock holds the packages that the program and its tests name, and no others: a binary has all of them", async () => {
  const named = new Set<string>();
  for (const folder of ["src", "ffi", "tests", "bench"]) {
    for await (const path of sources(new URL(`${folder}/`, root).pathname)) {
      if (path.includes("/tests/live/")) continue; // its clients have a lock of their own
      const text = await Deno.readTextFile(path);
      for (const [, specifier] of text.matchAll(/"(npm:@?[^"@]+@\d[^"/]*)[^"]*"/g)) named.add(specifier);
    }
  }
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
  assert.deepEqual(Object.keys(lock.specifiers).sort(), [...named].sort());
});

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) yield* sources(`${folder}${entry.name}/`);
    else if (entry.name.endsWith(".ts")) yield folder + entry.name;
  }
}
