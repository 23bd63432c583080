/** The results as a page: `tests/corpus.md`. */
import known from "./differences.json" with { type: "json" };
import amendments from "./amendments.json" with { type: "json" };
import { readings } from "./protocols.ts";
import type { Result } from "./results.ts";
import { f1, isExact, type Score } from "./score.ts";

const TITLES: Readonly<Record<string, string>> = {
  amqp: "AMQP",
  dns: "DNS",
  grpc: "gRPC",
  http: "HTTP/1",
  http2: "HTTP/2",
  kafka: "Kafka",
  mongodb: "MongoDB",
  mysql: "MySQL",
  postgresql: "PostgreSQL",
  redis: "Redis",
};

interface About {
  readonly capture: string;
  readonly protocol: string;
}

function isAbout({ capture, protocol }: Result): (one: About) => boolean {
  return (one) => one.capture === capture && one.protocol === protocol;
}

/** Results that differ, while nothing in `differences.json` says why. */
export function unexplained(results: readonly Result[]): Result[] {
  const explained = [...known.differences, ...known.unfollowed];
  return results.filter((result) => !isExact(result.score) && !explained.some(isAbout(result)));
}

/** What `differences.json` explains although it does not differ any more. */
export function outdated(results: readonly Result[]): About[] {
  const exact = results.filter(({ score }) => isExact(score));
  return [...known.differences, ...known.unfollowed].filter((one) => exact.some((result) => isAbout(result)(one)));
}

/** @param captures how many there are */
export function page(results: readonly Result[], captures: number): string {
  const inexact = results.filter(({ score }) => !isExact(score));
  const differs = (one: About) => inexact.some((result) => isAbout(result)(one));
  const unfollowed = known.unfollowed.filter(differs);
  const followed = results.filter((result) => !unfollowed.some(isAbout(result)));
  return `# Against an independent reading of public captures

<!-- Written by \`deno task corpus --write\` from tests/corpus/. -->

${captures} captures from the test suites of 20 other projects (Suricata, Zeek, nDPI, DeepFlow, Packetbeat, tcpdump and others),
each with transactions read by tshark 4.0.17. They are not part of this repository, since their licences differ;
\`PACKETD_CORPUS\` names their folder. Compared is each transaction by its key (HTTP: method, target, status; DNS: id, name;
SQL: command, text; Redis: command; MongoDB: id, command; Kafka: API, correlation id; AMQP: class, method; HTTP/2: path,
status; gRPC: path); "details" are those that are alike in all else that the truth has (hosts, versions, types, counts of
rows and answers, errors, topics); "times" those of messages that certainly lie whole in one packet, whose time they must
have to the nanosecond; F1 is the harmonic mean of the share of the truth that is printed and of the share of what is
printed that is true, 1 where both are empty. Left out are the captures that are not followed yet, listed below.

${table(followed)}

Every capture that differs, with the cause as the bytes show it:

${
    rows(
      ["capture", "protocol", "difference", "cause"],
      known.differences.filter(differs).map((one) => [`\`${one.capture}\``, one.protocol, one.difference, one.cause]),
    )
  }

Not followed yet:

${
    rows(
      ["capture", "protocol", "inside of", "in the truth", "matched"],
      unfollowed.map((one) => {
        const { score } = inexact.find((result) => isAbout(result)(one))!;
        return [`\`${one.capture}\``, one.protocol, one.layers, score.truth, score.matched];
      }),
    )
  }

Where the truth was corrected before it was compared:

${
    rows(
      ["capture", "protocol", "what is wrong with it"],
      amendments.map(({ capture, protocol, cause }) => [`\`${capture}\``, protocol, cause]),
    )
  }
`;
}

/** A row for each protocol that there are results of, and one for all. */
export function table(results: readonly Result[]): string {
  const heads = ["protocol", "captures", "exact", "with a transaction", "exact of these", "mean F1"];
  const cells = readings.flatMap(({ name }) => {
    const own = results.filter(({ protocol }) => protocol === name);
    return own.length === 0 ? [] : [[TITLES[name], ...counts(own)]];
  });
  cells.push(["all", ...counts(results)]);
  return rows([...heads, "in the truth", "printed", "matched", "details", "times"], cells);
}

function counts(results: readonly Result[]): (string | number)[] {
  const sum = (of: (score: Score) => number) => results.reduce((total, { score }) => total + of(score), 0);
  const full = results.filter(({ score }) => score.truth > 0);
  const exact = (some: readonly Result[]) => some.filter(({ score }) => isExact(score)).length;
  return [
    ...[results.length, exact(results), full.length, exact(full), (sum(f1) / results.length).toFixed(4)],
    ...[sum(({ truth }) => truth), sum(({ printed }) => printed), sum(({ matched }) => matched)],
    `${sum(({ details }) => details)}/${sum(({ matched }) => matched)}`,
    `${sum(({ equal }) => equal)}/${sum(({ judged }) => judged)}`,
  ];
}

function rows(heads: readonly string[], cells: readonly (readonly (string | number)[])[]): string {
  return [heads, heads.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
