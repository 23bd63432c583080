/** DNS: BIND as an authority and as a resolver, asked by dig over UDP and TCP. */
import { once } from "node:events";
import { type Expected, type LiveTest, pause, type Scene, type Stage, type Step } from "../harness.ts";
import { dig, transfer } from "./dig.ts";
import { authorityConfig, resolverConfig, zone } from "./named.ts";

async function set(stage: Stage): Promise<Scene> {
  const authority = await stage.freePort(), resolver = await stage.freePort();
  const deaf = await startHardOfHearing(stage);
  await stage.write("authority/lab.test.zone", zone());
  await startNamed(stage, "authority", authorityConfig(stage.path("authority"), authority));
  await startNamed(stage, "resolver", resolverConfig(stage.path("resolver"), resolver, authority));
  return {
    rules: [`dns;${authority},${resolver},${deaf}`],
    steps: [...authoritySteps(stage, authority), ...resolverSteps(stage, resolver, authority), ...silence(stage, deaf)],
    reasons: [/^retransmitted query$/],
  };
}

async function startNamed(stage: Stage, name: string, config: string): Promise<void> {
  const file = await stage.write(`${name}/named.conf`, config);
  const named = await stage.start(name, "named", ["-g", "-4", "-n", "1", "-c", file]);
  await named.said("running"); // it listens earlier, but has no zone yet
}

/** A server that hears a question only when it is asked again, and the name `never` not even then. */
async function startHardOfHearing(stage: Stage): Promise<number> {
  const socket = await stage.datagrams();
  const asked = new Set<string>();
  socket.on("message", (message, client) => {
    const text = message.toString("latin1");
    if (asked.has(text) && !text.includes("never")) {
      message[2] |= 0x80; // QR: the question comes back as its own answer, without records
      socket.send(message, client.port, client.address);
    }
    asked.add(text);
  });
  return socket.address().port;
}

function authoritySteps(stage: Stage, port: number): Step[] {
  const asks = (name: string, ...questions: string[]): Step => ({
    name,
    async run() {
      const found: Expected[] = [];
      for (const question of questions) found.push(...await dig(stage, port, ...question.split(" ")));
      return found;
    },
  });
  return [
    asks("addresses, names, texts", "www.lab.test", "www.lab.test AAAA", "lab.test MX", "lab.test TXT", "lab.test NS"),
    asks("an alias of an alias, a wildcard, the zone itself", "chain.lab.test", "a.wild.lab.test", "lab.test SOA"),
    asks(
      "SRV, CAA, HTTPS, NAPTR",
      "_http._tcp.lab.test SRV",
      "caa.lab.test CAA",
      "svc.lab.test HTTPS",
      "phone.lab.test NAPTR",
    ),
    asks("TLSA, DS, SSHFP", "_443._tcp.www.lab.test TLSA", "signed.lab.test DS", "host.lab.test SSHFP"),
    asks(
      "no such name, no such type, not our zone, a referral",
      "none.lab.test",
      "www.lab.test TXT",
      "example.org",
      "x.signed.lab.test",
    ),
    asks("of class CHAOS, and an operation that is not implemented", "version.bind CH TXT", "+opcode=status lab.test"),
    asks(
      "without EDNS, with DNSSEC OK, with an option",
      "+noedns www.lab.test",
      "+dnssec www.lab.test",
      "+subnet=192.0.2.0/24 www.lab.test",
    ),
    asks("truncated, and left so", "+ignore +bufsize=512 many.lab.test TXT"),
    asks("truncated, and asked again over TCP", "+bufsize=512 many.lab.test TXT"),
    asks("over TCP", "+tcp www.lab.test"),
    asks("three questions on one connection", "+tcp +keepopen www.lab.test A mail.lab.test A alias.lab.test A"),
    { name: "a transfer of the zone", run: () => transfer(stage, port, "lab.test", "AXFR") },
    update(stage, port),
    { name: "an incremental transfer", run: () => transfer(stage, port, "lab.test", "IXFR=1") },
  ];
}

/** A change of the zone: its operation has no name in the output, only a number (RFC 2136). */
function update(stage: Stage, port: number): Step {
  return {
    name: "a change of the zone",
    async run() {
      const script = `server 127.0.0.1 ${port}\nzone lab.test\nupdate add new.lab.test 60 A 192.0.2.99\nsend\n`;
      await stage.run("nsupdate", [await stage.write("update", script)]);
      const Header = { OpCode: "5", Status: "Success" };
      return [{
        Request: { Message: { Header, QuestionSec: { Name: "lab.test.", Type: "SOA" } } },
        Response: { Port: port, Message: { Header } },
      }];
    },
  };
}

function resolverSteps(stage: Stage, port: number, authority: number): Step[] {
  return [
    {
      name: "a question that the resolver passes on, and one that it remembers",
      async run() {
        const [first] = await dig(stage, port, "www.lab.test"), [second] = await dig(stage, port, "www.lab.test");
        const passedOn: Expected = {
          Request: { Message: { QuestionSec: { Name: "www.lab.test.", Type: "A" } } },
          Response: { Port: authority, Message: { Header: { Status: "Success" } } },
        };
        return [passedOn, withPort(first, port), withPort(second, port)];
      },
    },
    {
      name: "over TCP to the resolver",
      run: async () => (await dig(stage, port, "+tcp", "www.lab.test")).map((one) => withPort(one, port)),
    },
  ];
}

function withPort(expected: Expected, port: number): Expected {
  return { ...expected, Response: { ...expected.Response, Port: port } };
}

function silence(stage: Stage, port: number): Step[] {
  return [
    {
      name: "a question that is sent twice from one port is one",
      async run() {
        const socket = await stage.datagrams();
        const answered = once(socket, "message");
        const question = query(0x1234, "again");
        socket.send(question, port, "127.0.0.1");
        await pause(20);
        socket.send(question, port, "127.0.0.1");
        await answered;
        const { port: clientPort } = socket.address();
        const Message = { Header: { ID: 0x1234, Status: "Success" }, QuestionSec: { Name: "again.", Type: "A" } };
        return [{
          Request: { Port: clientPort, Size: question.length, Message },
          Response: { Port: port, Size: question.length, Message },
        }];
      },
    },
    {
      name: "a question that nobody answers",
      async run() {
        await stage.run("dig", ["-r", "@127.0.0.1", "-p", String(port), "+time=1", "+tries=1", "never.lab.test"], [9]);
        return [{ Request: { Message: { QuestionSec: { Name: "never.lab.test.", Type: "A" } } }, Response: null }];
      },
    },
  ];
}

/** A question for the address of a name of one label (RFC 1035, section 4.1). */
function query(id: number, label: string): Uint8Array {
  const header = [id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]; // RD; one question
  return Uint8Array.from([...header, label.length, ...new TextEncoder().encode(label), 0, 0, 1, 0, 1]);
}

export const dns: LiveTest = {
  name: "dns",
  programs: { named: "bind9", dig: "bind9-dnsutils", nsupdate: "bind9-dnsutils" },
  set,
};
