/** A PostgreSQL cluster of its own, in the stage's folder. The server refuses to be root, so it is `postgres` then. */
import type { Stage } from "../harness.ts";

/**
 * Makes the cluster, and starts its server.
 *
 * @param within what the server's command line begins with, to run it in another place
 * @param access lines of pg_hba.conf
 * @returns the folder of its data, which holds its Unix socket too
 */
export async function startCluster(
  stage: Stage,
  within: readonly string[],
  address: string,
  port: number,
  access: readonly string[],
): Promise<string> {
  const data = stage.path("data");
  await Deno.mkdir(data);
  const identity = Deno.uid() === 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : ["--"];
  if (Deno.uid() === 0) await stage.run("chown", ["postgres:postgres", data]);
  const programs = await folderOfPrograms();
  const initdb = [`${programs}/initdb`, "-D", data, "-U", "postgres", "-A", "trust", "-N", "--locale=C.UTF-8"];
  await stage.run("setpriv", [...identity, ...initdb]);
  await stage.write("data/pg_hba.conf", access.map((line) => `${line}\n`).join(""));
  const place = ["-D", data, "-h", address, "-p", `${port}`, "-k", data, "-c", "fsync=off", "-c", "ssl=off"];
  const [command, ...args] = [...within, "setpriv", ...identity, `${programs}/postgres`, ...place];
  const server = await stage.start("postgres", command, args, { stopSignal: "SIGINT" });
  await server.said("ready to accept connections");
  return data;
}

/** Debian keeps the server's programs out of the way, by version. */
async function folderOfPrograms(): Promise<string> {
  const root = "/usr/lib/postgresql";
  const versions: string[] = [];
  for await (const { name } of Deno.readDir(root)) versions.push(name);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return `${root}/${newest}/bin`;
}
