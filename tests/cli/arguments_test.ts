/** What flags become, and what is said of those that are wrong. */
import assert from "node:assert/strict";
import { logCommand } from "../../src/cli/log.ts";
import { type LogOptions, logOptions } from "../../src/cli/log_options.ts";
import { run } from "../../src/cli/run.ts";
import { USUAL_BODIES } from "../../src/core/bodies.ts";
import { protocols } from "../../src/protocols/mod.ts";

function optionsOf(...args: string[]): LogOptions {
  let options: LogOptions | undefined;
  const command = logCommand();
  command.action((flags: Record<string, unknown>) => {
    options = logOptions(flags);
  });
  command.parse(args, { from: "user" });
  return options!;
}

/** Runs a command line in this process, with what it says in place of saying it. */
async function said(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const texts = { out: "", err: "" };
  const write = { out: Deno.stdout.writeSync, err: Deno.stderr.writeSync };
  const capture = (into: "out" | "err") => (bytes: Uint8Array) => {
    texts[into] += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  Deno.stdout.writeSync = capture("out");
  Deno.stderr.writeSync = capture("err");
  try {
    return { status: await run(args), ...texts };
  } finally {
    Deno.stdout.writeSync = write.out;
    Deno.stderr.writeSync = write.err;
  }
}

Deno.test("without flags: all interfaces, all protocols on their usual ports, JSON on standard output", () => {
  assert.deepEqual(optionsOf(), {
    rules: protocols.map(({ name, ports }) => ({ protocol: name, ports, host: "" })),
    file: "",
    ifaces: "any",
    engine: "pcap",
    ipVersion: "",
    promiscuous: true,
    filter: "",
    format: "json",
    console: true,
    logFile: "",
    rotation: { maxBytes: 100 * 1024 * 1024, maxBackups: 10, maxAgeDays: 7 },
    errorsOnly: false,
    slowNs: 0,
    tunnels: true,
    unanswered: false,
    where: "",
    showSecrets: false,
    bodies: undefined,
    count: Infinity,
    durationNs: Infinity,
  });
});

Deno.test("each flag, in either family of names", () => {
  const table: [string[], Partial<LogOptions>][] = [
    [["--proto", "http;80,8080", "--proto=http;81;10.0.0.1"], {
      rules: [{ protocol: "http", ports: [80, 8080], host: "" }, { protocol: "http", ports: [81], host: "10.0.0.1" }],
    }],
    [["--proto", " http ;0,65535; host.example ;ignored"], {
      rules: [{ protocol: "http", ports: [0, 65535], host: "host.example" }],
    }],
    [["--proto", "http;80;2001:DB8:0::1"], { rules: [{ protocol: "http", ports: [80], host: "2001:db8::1" }] }],
    [["--proto", "http;80,any"], { rules: [{ protocol: "http", ports: [80], anyPort: true, host: "" }] }],
    [["--proto", "auto;any;10.0.0.7"], {
      rules: protocols.map(({ name }) => ({ protocol: name, ports: [], anyPort: true, host: "10.0.0.7" })),
    }],
    [["--pcap.file", "a+b.pcap"], { file: "a+b.pcap" }],
    [["--pcap-file", "-"], { file: "-" }],
    [["--ifaces", "^eth\\d|lo"], { ifaces: "^eth\\d|lo" }],
    [["--ipv4"], { ipVersion: "v4" }],
    [["--ipv", "v6"], { ipVersion: "v6" }],
    [["--ipv", ""], { ipVersion: "" }],
    [["--ipv4", "--ipv", "v4"], { ipVersion: "v4" }],
    [["--no-promiscuous"], { promiscuous: false }],
    [["--no-promisc"], { promiscuous: false }],
    [["--engine", "libpcap"], { engine: "libpcap" }],
    [["--filter", "host 10.0.0.7"], { filter: "host 10.0.0.7" }],
    [["--format", "text"], { format: "text" }],
    [["--format", "none"], { format: "none" }],
    [["--log.file", "x.log"], { logFile: "x.log", console: false }],
    [["--roundtrips.file", "x.log", "--console"], { logFile: "x.log", console: true }],
    [["--log.size", "5", "--log.backups", "2", "--log.age", "30"], {
      rotation: { maxBytes: 5 * 1024 * 1024, maxBackups: 2, maxAgeDays: 30 },
    }],
    [["--roundtrips.size", "1", "--roundtrips.backups", "1", "--roundtrips.age", "1"], {
      rotation: { maxBytes: 1024 * 1024, maxBackups: 1, maxAgeDays: 1 },
    }],
    [["--pcap.file", "same", "--pcap-file", "same"], { file: "same" }],
    [["--where", "http and failed"], { where: "http and failed" }],
    [["--body"], { bodies: USUAL_BODIES }],
    [["--body", "--body.size", "1000"], { bodies: { ...USUAL_BODIES, maxBytes: 1000 } }],
    [["--errors", "--unanswered", "--show-secrets"], { errorsOnly: true, unanswered: true, showSecrets: true }],
    [["--slow", "200ms", "--count", "3", "--duration", "1h30m"], { slowNs: 200e6, count: 3, durationNs: 5400e9 }],
  ];
  for (const [args, expected] of table) {
    const options = optionsOf(...args);
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(options[key as keyof LogOptions], value, args.join(" "));
    }
  }
});

Deno.test("what is wrong is named with what is allowed, exits 2 and prints nothing on standard output", async () => {
  const table: [string[], RegExp][] = [
    [["log", "--prot", "x"], /unknown flag: --prot; did you mean --proto\?/],
    [["watch", "--pcap.fil", "x"], /unknown flag: --pcap\.fil; did you mean --pcap\.file\?/],
    [["log", "--quux"], /unknown flag: --quux; see packetd log --help/],
    [["--conf", "x"], /unknown flag: --conf; see packetd --help/],
    [["lgo"], /unknown command "lgo" for "packetd"; did you mean log\?/],
    [
      ["transmogrify"],
      /unknown command "transmogrify".*the commands are agent, config, help, ifaces, log, stats, version, watch/,
    ],
    [["help", "nosuch"], /unknown command "nosuch"/],
    [
      ["stats", "--by", "endpont"],
      /--by 'endpont': there is no group 'endpont'; did you mean endpoint\? there are protocol/,
    ],
    [["stats", "--by", ""], /--by '': there is no group ''; there are protocol, server, client, endpoint, status/],
    [["stats", "--sort", "p98"], /--sort 'p98': there is no column 'p98'; did you mean p90\? there are rate, count/],
    [["stats", "--sort", "client"], /--sort 'client': there is no column 'client'/],
    [["stats", "--format", "text"], /--format 'text' is not known; it is one of table, json, csv/],
    [["stats", "--top", "0"], /--top '0' is not a whole number, at least 1/],
    [["stats", "--from", "30s"], /--from is for captures: it needs --pcap\.file/],
    [["stats", "--pcap.file", "a", "--from", "noon"], /--from 'noon' is no time; write 2023-11-14T22:13:20Z, or 30s/],
    [["stats", "--pcap.file", "a", "--interval", "1s"], /--interval 1s is for what still goes on/],
    [["stats", "--compare", "b"], /--compare b needs --pcap\.file/],
    [["stats", "app.pcap"], /stats takes only flags, but was given 'app\.pcap'.*--pcap\.file app\.pcap/],
    [["stat"], /unknown command "stat" for "packetd"; did you mean stats\?/],
    [["log", "app.pcap"], /log takes only flags, but was given 'app\.pcap'.*--pcap\.file app\.pcap/],
    [["version", "now"], /version does not take so many arguments: 'now'/],
    [["log", "--proto"], /--proto needs a value/],
    [["log", "--console=yes"], /--console takes no value, but was given 'yes'/],
    [
      ["log", "--proto", "http"],
      /invalid --proto input 'http', expected 'protocol;ports\[;host\]' \('http;80,8080;127/,
    ],
    [["log", "--proto", "htp;80"], /unsupported protocol \(htp\).*did you mean http\?.*known: .*http/],
    [["log", "--proto", "HTTP;80"], /unsupported protocol \(HTTP\).*did you mean http\?/],
    [["log", "--proto", "http;70000"], /invalid port '70000' in --proto 'http;70000', ports are 0 to 65535/],
    [["log", "--proto", "http;80-90"], /invalid port '80-90'/],
    [["log", "--proto", "http;80, 81"], /invalid port ' 81'/],
    [["log", "--proto", "http;"], /invalid port ''/],
    [["log", "--proto", "http;80;a b"], /invalid host 'a b'/],
    [["log", "--proto", "http;80;::g"], /invalid address '::g'/],
    [["log", "--ifaces", "eth["], /--ifaces 'eth\[' is no regular expression/],
    [["log", "--format", "jsn"], /--format 'jsn' is not known; did you mean json\? it is one of json, text, none/],
    [["log", "--engine", "afpacket"], /--engine 'afpacket' is not known; it is one of pcap, libpcap/],
    [["log", "--ipv", "4"], /--ipv '4' is not known/],
    [["log", "--ipv4", "--ipv", "v6"], /--ipv4 and --ipv v6 exclude each other/],
    [["log", "--body.size", "7"], /--body\.size 7 needs --body/],
    [["log", "--body", "--body.size", "0"], /--body\.size '0' is not a whole number of bytes, at least 1/],
    [["log", "--body", "--body.size", "99999999"], /more than all bodies together may have: 67108864 bytes/],
    [["log", "--body", "--format", "text"], /--format text prints no bodies: leave out --body, or choose json/],
    [["log", "--log.size", "0"], /--log\.size '0' is not a whole number of MB, at least 1/],
    [["log", "--roundtrips.backups", "many"], /--roundtrips\.backups 'many' is not a whole number, at least 1/],
    [["log", "--count", "-1"], /--count '-1' is not a whole number/],
    [["log", "--slow", "quick"], /--slow 'quick' is no duration; write 200ms/],
    [["log", "--duration", "0s"], /--duration '0s' is no duration/],
    [
      ["log", "--log.file", "a", "--roundtrips.file", "b"],
      /--log\.file 'a' and --roundtrips\.file 'b' are the same flag/,
    ],
    [["log", "--format", "none", "--log.file", "a"], /--format none writes no lines/],
    [["log", "--proto", "http;80;web1", "--pcap.file", "a"], /host 'web1' in --proto is a name/],
  ];
  for (const [args, message] of table) {
    const { status, out, err } = await said(...args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(out, "", args.join(" "));
    assert.match(err, message);
    assert.match(err, /^packetd: [^\n]*\n$/, "one line");
  }
});

Deno.test("an expression that is wrong is shown with its place, and exits 2 before anything is opened", async () => {
  const { status, out, err } = await said("log", "--pcap.file", "/no/such/file", "--where", "http and pth = /");
  assert.equal(status, 2);
  assert.equal(out, "");
  assert.equal(
    err,
    "packetd: --where, column 10: unknown name 'pth'; did you mean path?\nhttp and pth = /\n         ^\n",
  );
});

Deno.test("what cannot be done exits 1 and prints nothing on standard output", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const text = `${folder}/text`;
    await Deno.writeTextFile(text, "no capture");
    const table: [string[], RegExp][] = [
      [["log", "--pcap.file", `${folder}/none.pcap`], /there is no file '.*none\.pcap'/],
      [["log", "--pcap.file", text], /'.*text' is no capture/],
      [["log", "--pcap.file", folder], /is a directory/],
    ];
    for (const [args, message] of table) {
      const { status, out, err } = await said(...args);
      assert.equal(status, 1, args.join(" "));
      assert.equal(out, "");
      assert.match(err, message);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("help begins with what the program is and with examples, and lists flags in order", async () => {
  for (const args of [[], ["help"], ["--help"], ["-h"]]) {
    const { status, out, err } = await said(...args);
    assert.equal(status, 0);
    assert.equal(err, "");
    assert.match(out, /^# packetd is a passive network traffic capture and analysis tool\n\nExamples:\n# packetd log /);
    assert.match(out, /Usage:\n {2}packetd \[command\]\n/);
    assert.match(
      out,
      /Available Commands:\n {2}agent .*\n {2}config .*\n {2}help .*\n {2}ifaces .*\n {2}log .*\n {2}stats .*\n {2}version /,
    );
    assert.match(out, / {2}-h, --help {6}help for packetd\n {6}--version {3}Display version information\n/);
    assert.ok(out.endsWith('Use "packetd [command] --help" for more information about a command.\n'));
  }
  const { out } = await said("help", "watch");
  assert.match(out, /# packetd log --proto 'http;80,8080' --proto 'dns;53' --ifaces any --console\n/);
  assert.match(out, /Aliases:\n {2}log, watch\n/);
  const flags = [...out.matchAll(/^ {2}(?:-h, | {4})(--\S+)/gm)].map((match) => match[1]);
  assert.ok(flags.length > 20);
  assert.deepEqual(flags, flags.toSorted());
});

Deno.test("help knows expressions", async () => {
  const { status, out } = await said("help", "expressions");
  assert.equal(status, 0);
  assert.match(out, /^Expressions choose round trips.*\n {2}http +request\.endpoint, request\.method, request\.path/s);
});

Deno.test("version has three lines, as a command and as a flag, alone or not", async () => {
  for (const args of [["version"], ["--version"], ["--version", "log"]]) {
    const { status, out } = await said(...args);
    assert.equal(status, 0);
    assert.match(out, /^Version: v\d+\.\d+\.\d+\nGitHash: .*\nBuildTime: .*\n$/);
  }
});
