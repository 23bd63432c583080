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

async function modules(): Promise<Module[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("main.ts", root).pathname],
    stdout: "piped",
    stderr: "null",
  });
  const { stdout } = await command.output();
  return JSON.parse(new TextDecoder().decode(stdout)).modules;
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

Deno.test("what a command needs is loaded when it runs: help needs the command line alone", async () => {
  const graph = new Map((await modules()).map((module) => [module.specifier, module]));
  const atOnce = new Set([new URL("main.ts", root).href]);
  for (const specifier of atOnce) {
    for (const { code, isDynamic } of graph.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) atOnce.add(code.specifier);
    }
  }
  const libraries = [...atOnce].filter((specifier) => specifier.startsWith("npm:"));
  assert.deepEqual(libraries.map((specifier) => specifier.replace(/^npm:\/?|@[\d.]+$/g, "")), ["commander"]);
  const folders = new Set([...atOnce].map(folderOf));
  for (const folder of ["src/config", "src/agent", "src/lane", "src/net"]) assert.ok(!folders.has(folder), folder);
});
