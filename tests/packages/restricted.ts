/**
 * The service as its unit starts it, where systemd is not the init: the unit's command line by the unit's user, with
 * the unit's one capability and no way to more (capabilities(7)), on a root that it can only read.
 */
import assert from "node:assert/strict";

const CAPABILITIES: Readonly<Record<string, bigint>> = { CAP_NET_RAW: 1n << 13n };
const LOGS = "/var/log/packetd";

/** A unit file: what stands behind `KEY=`. */
export class Unit {
  readonly #text: string;

  constructor(path: string) {
    this.#text = Deno.readTextFileSync(path);
  }

  /** @throws where the key is not there exactly once */
  get(key: string): string {
    const found = this.#text.split("\n").filter((line) => line.startsWith(`${key}=`));
    assert.equal(found.length, 1, `${key}= in the unit`);
    return found[0].slice(key.length + 1);
  }
}

/** The root cannot be written, but for the user's folder of logs and a folder for temporary files of its own. */
const RESTRICT = `
set -e
mount --bind ${LOGS} ${LOGS}
mount -t tmpfs -o mode=1777 packetd /tmp
mount -o remount,bind,ro /
cd ${LOGS}
exec "$@"
`;

export class Restricted {
  readonly #child: Deno.ChildProcess;
  readonly #gathered: Promise<void>;
  readonly #capability: string;
  said = "";

  /** @param capability that it has, instead of the unit's; empty for none */
  constructor(unit: Unit, env: Readonly<Record<string, string>>, capability = unit.get("AmbientCapabilities")) {
    const [user, group] = [unit.get("User"), unit.get("Group")];
    assert.equal(unit.get("CapabilityBoundingSet"), unit.get("AmbientCapabilities"));
    assert.equal(unit.get("NoNewPrivileges"), "yes");
    assert.equal(unit.get("WorkingDirectory"), LOGS);
    this.#capability = capability;
    const set = capability === "" ? "-all" : `-all,+${capability.replace("CAP_", "").toLowerCase()}`;
    const limits = [`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`, "--no-new-privs"];
    const become = ["setpriv", `--reuid=${user}`, `--regid=${group}`, "--clear-groups", ...limits];
    this.#child = new Deno.Command("unshare", {
      args: ["--mount", "sh", "-c", RESTRICT, "sh", ...become, ...unit.get("ExecStart").split(" ")],
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#gathered = Promise.all([this.#gather(this.#child.stdout), this.#gather(this.#child.stderr)]).then(() => {});
  }

  /** As systemd does it: the folder of logs, which belongs to the user. */
  static async makeLogs(unit: Unit): Promise<void> {
    await Deno.mkdir(LOGS, { mode: 0o750 });
    const { success } = await new Deno.Command("chown", { args: [`${unit.get("User")}:${unit.get("Group")}`, LOGS] })
      .output();
    assert.ok(success);
  }

  /** What the kernel says of its privileges is what the unit grants. */
  async isRestricted(): Promise<void> {
    const status = await Deno.readTextFile(`/proc/${this.#child.pid}/status`);
    const field = (name: string) => new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)![1].split("\t")[0];
    assert.notEqual(field("Uid"), "0");
    assert.equal(field("NoNewPrivs"), "1");
    for (const set of ["CapEff", "CapPrm", "CapBnd", "CapAmb"]) {
      assert.equal(BigInt(`0x${field(set)}`), CAPABILITIES[this.#capability] ?? 0n, set);
    }
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. @returns the exit status */
  async ended(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#gathered;
    return code;
  }

  async #gather(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.said += text;
  }
}
