/** A scene for a clean root: what install.sh does from the unpacked archive, with systemd and without. */
import assert from "node:assert/strict";
import { exists, pretendSudo, readmeCommands, RELEASE, released, shell, Systemctl } from "./machine.ts";

const BINARY = "/usr/local/bin/packetd", CONFIG = "/etc/packetd/packetd.yaml";
const UNIT = "/etc/systemd/system/packetd.service";

await shell(`mkdir /srv/unpacked && tar -xzf ${await released(".tar.gz")} --strip-components 1 -C /srv/unpacked`);
const install = "/srv/unpacked/install.sh";
for (const name of ["LICENSE", "README.md", "packetd", "packetd.service", "packetd.yaml"]) {
  assert.ok(await exists(`/srv/unpacked/${name}`), name);
}
await shell(`cd ${RELEASE} && sha256sum --quiet -c SHA256SUMS`);

// Without systemd, and not by root: the program alone.
await Deno.remove("/run/systemd/system", { recursive: true }).catch(() => {});
await shell("mkdir -m 777 /srv/own");
assert.match(await shell(`setpriv --reuid=65534 --clear-groups ${install} --prefix /srv/own`), /not root/);
await shell("/srv/own/bin/packetd --version");
assert.match(
  await shell(`setpriv --reuid=65534 --clear-groups ${install}`, 1),
  /run as root, or choose another folder/,
);
assert.ok(!await exists(CONFIG) && !await exists(BINARY));

// By root: it may capture, whoever runs it.
const [unpacks] = await readmeCommands("Install");
await pretendSudo();
await shell(`cp ${RELEASE}* /srv && cd /srv && ${unpacks}`);
assert.match(await shell(`getcap ${BINARY}`), /cap_net_raw=ep/);
assert.equal(await shell(`${BINARY} config --check ${CONFIG}`), `${CONFIG} can be used\n`);
assert.ok(!await exists(UNIT));
const listens = `setpriv --reuid=65534 --clear-groups ${BINARY} log --ifaces lo --format none --duration 1s`;
assert.match(await shell(`cd / && ${listens}`), /sniffer add device \(lo\)/);

// With systemd: the service too, from where the program lies; what was changed stays.
const systemctl = await Systemctl.pretend();
await shell(`echo '# mine' >>${CONFIG} && ${install} --prefix /opt/packetd`);
assert.deepEqual(await systemctl.asked(), ["daemon-reload"]);
assert.match(await Deno.readTextFile(UNIT), /^ExecStart=\/opt\/packetd\/bin\/packetd agent --config/m);
assert.match(await Deno.readTextFile(CONFIG), /# mine/);
await shell("id packetd");

await shell(`${install} --uninstall --prefix /opt/packetd`);
assert.deepEqual(await systemctl.asked(), ["disable --now packetd.service", "daemon-reload"]);
assert.ok(!await exists(UNIT) && !await exists("/opt/packetd/bin/packetd") && await exists(CONFIG));
await shell(`${install} --uninstall --purge && ! id packetd`);
assert.ok(!await exists("/etc/packetd") && !await exists(BINARY));

// What cannot be done is said.
await shell(`${install} --prefix`, 2);
assert.match(await shell(`${install} --prefix relative`, 2), /'relative' is not absolute/);
assert.match(await shell(`${install} --purge`, 2), /--purge goes with --uninstall/);
assert.match(await shell(`${install} --nonsense`, 2), /'--nonsense' is not understood/);
await shell("echo damaged >>/srv/unpacked/packetd.yaml");
assert.match(await shell(install, 1), /the archive is damaged/);
