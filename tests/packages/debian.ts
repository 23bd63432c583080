/** A scene for a clean root: the Debian package is installed, runs as the unit says, is removed, and purged. */
import assert from "node:assert/strict";
import { until } from "../agent/support.ts";
import { Notified } from "../tools/notified.ts";
import { exists, pretendSudo, readmeCommands, RELEASE, released, shell, Systemctl } from "./machine.ts";
import { Restricted, Unit } from "./restricted.ts";

const UNIT = "/lib/systemd/system/packetd.service", CONFIG = "/etc/packetd/packetd.yaml", LOGS = "/var/log/packetd";
const METRICS = "http://127.0.0.1:9091";

const systemctl = await Systemctl.pretend();
const deb = await released(".deb");
const [, installs] = await readmeCommands("Install");
const [enables, shows, reloads, becomes] = await readmeCommands("Run as a service");

await pretendSudo();
await shell(`cd ${RELEASE} && ${installs}`);
assert.deepEqual(await systemctl.asked(), ["daemon-reload"], "nothing is started, or enabled");
await shell("dpkg --verify packetd");
assert.match(
  await shell("packetd --version"),
  /^Version: v\S+\nGitHash: .*\nBuildTime: \d{4}-\d\d-\d\d_[\d:]+[AP]M\n$/,
);
assert.equal(await shell("packetd version"), await shell("packetd --version"));
assert.equal(await shell(`packetd config --check ${CONFIG}`), `${CONFIG} can be used\n`);
await shell("test $(id -u packetd) != 0 && ! ls -d /nonexistent");

const unit = new Unit(UNIT);
await Restricted.makeLogs(unit);
await runs(unit);
await saysWhatIsMissing(unit);
await isAsTheReadmeSays();

await shell(`dpkg -i ${deb}`);
assert.deepEqual(await systemctl.asked(), ["daemon-reload", "try-restart packetd.service"], "an upgrade");
await shell(`echo '# mine' >>${CONFIG} && dpkg -r packetd`);
assert.deepEqual(await systemctl.asked(), ["disable --now packetd.service", "daemon-reload"]);
assert.ok(await exists(CONFIG) && await exists(LOGS) && !await exists("/usr/bin/packetd") && !await exists(UNIT));
await shell(`dpkg -i ${deb} && tail -n 1 ${CONFIG} | grep mine`);
await shell("dpkg -r packetd && dpkg -P packetd && ! getent passwd packetd && ! getent group packetd");
for (const path of ["/etc/packetd", LOGS, "/usr/share/doc/packetd"]) assert.ok(!await exists(path), path);

/** It captures, counts, reloads and ends, with no more than the unit grants. */
async function runs(unit: Unit): Promise<void> {
  await using manager = await Notified.make("/run");
  await manager.listen();
  const service = new Restricted(unit, { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: "60000000" });
  const ended = service.ended().then((code) => assert.fail(`it ended with ${code}: ${service.said}`));
  assert.equal(await Promise.race([manager.nextNews(), ended]), "READY=1\nSTATUS=captures from any");
  await service.isRestricted();

  const web = Deno.serve({ hostname: "127.0.0.1", port: 8080, onListen: () => {} }, () => new Response("ok"));
  await (await fetch("http://127.0.0.1:8080/a")).text();
  const counted = /^http_requests_total\{.*method="GET".*\} 1/m;
  await until("the request is counted", async () => counted.test(await get("/protocol/metrics")) || undefined);
  await web.shutdown();
  assert.match(await get("/metrics"), /^packetd_uptime /m);

  service.kill("SIGHUP");
  await until("it reloads", () => /reload count=1/.test(service.said) || undefined);
  service.kill("SIGTERM");
  assert.equal(await manager.nextNews(), "STOPPING=1");
  ended.catch(() => {});
  assert.equal(await service.ended(), 0, service.said);
}

/** The one capability is needed, and is asked for by its name. */
async function saysWhatIsMissing(unit: Unit): Promise<void> {
  const service = new Restricted(unit, {}, "");
  assert.equal(await service.ended(), 1);
  assert.match(service.said, /CAP_NET_RAW/);
}

async function isAsTheReadmeSays(): Promise<void> {
  await shell(enables);
  await shell(reloads);
  assert.deepEqual(await systemctl.asked(), ["enable --now packetd", "reload packetd"]);
  const running = new Deno.Command("sh", { args: ["-c", `exec ${becomes}`], stdin: "null", stdout: "null" }).spawn();
  await until("it answers", () => shell(shows).then(() => true, () => undefined));
  running.kill("SIGTERM");
  assert.equal((await running.status).code, 0);
}

async function get(path: string): Promise<string> {
  return await (await fetch(METRICS + path)).text();
}
