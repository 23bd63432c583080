/** A lane with many live connections: each message lets some of them speak, and tells what a packet took. */
import { LINK, type PacketSink } from "../../src/core/packet.ts";
import { Lane } from "../../src/lane/lane.ts";
import { ethernet, ipv4, tcp } from "../../tests/tools/build.ts";
import { timed } from "../measure.ts";
import { answer } from "../thread.ts";

export interface Task {
  readonly flows: number;
}

const ROUND_TRIPS = 500_000;
/** More than the most flows take, so that none is given up. */
const MEMORY_BYTES = 8 * 2 ** 30;
/** Steps from one flow to the next are so many, so that neighbours in memory do not follow one another. */
const STRIDE = 611_953;
const SYN = 0x02, ACK = 0x10;
const SERVER = [192, 168, 0, 1];
const REQUEST = "GET /products/4711 HTTP/1.1\r\nHost: shop.example.com\r\nAccept: */*\r\n\r\n";
const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

/** A packet whose client and numbers are written into it before each time that it is played. */
class Template {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #clientAt: number;

  constructor(fromClient: boolean, flags: number, payload: string) {
    const client = [10, 0, 0, 0];
    const [source, destination] = fromClient ? [client, SERVER] : [SERVER, client];
    const [from, to] = fromClient ? [40000, 80] : [80, 40000];
    this.#bytes = ethernet(ipv4(tcp(from, to, 0, 0, flags, payload), { protocol: 6, source, destination }));
    this.#view = new DataView(this.#bytes.buffer);
    this.#clientAt = fromClient ? 26 : 30;
  }

  play(sink: PacketSink, flow: number, sequence: number, acknowledged: number, at: number): void {
    const view = this.#view;
    view.setInt32(this.#clientAt, 0x0a000000 + flow);
    view.setInt32(38, sequence);
    view.setInt32(42, acknowledged);
    const { length } = this.#bytes;
    sink.packet(this.#bytes, 0, length, length, 1_700_000_000 + Math.trunc(at / 1e9), at % 1e9, LINK.ETHERNET);
  }
}

const opening = [new Template(true, SYN, ""), new Template(false, SYN | ACK, ""), new Template(true, ACK, "")];
const request = new Template(true, ACK, REQUEST), response = new Template(false, ACK, RESPONSE);
const nowhere: PacketSink = { packet: () => {} };

class Talk {
  readonly #flows: number;
  /** Nanoseconds of the packets' clock. */
  #now = 0;
  #spoken = 0;

  constructor(flows: number) {
    this.#flows = flows;
  }

  open(sink: PacketSink): void {
    for (let flow = 0; flow < this.#flows; flow++) {
      for (const [i, template] of opening.entries()) {
        template.play(sink, flow, i === 2 ? 1 : 0, i === 0 ? 0 : 1, this.#now += 1000);
      }
    }
  }

  speak(sink: PacketSink): void {
    for (let i = 0; i < ROUND_TRIPS; i++, this.#spoken++) {
      const flow = this.#spoken * STRIDE % this.#flows, before = Math.trunc(this.#spoken / this.#flows);
      const asked = 1 + before * REQUEST.length, answered = 1 + before * RESPONSE.length;
      request.play(sink, flow, asked, answered, this.#now += 1000);
      response.play(sink, flow, answered, asked + REQUEST.length, this.#now += 1000);
    }
  }
}

interface Running {
  readonly lane: Lane;
  readonly talk: Talk;
  readonly silent: Talk;
}

let running: Running | undefined;
let paired = 0;

function begin(flows: number): Running {
  const sink = { roundTrip: () => void paired++, unanswered: () => {} };
  const lane = new Lane([{ protocol: "http", ports: [80], host: "" }], sink, { maxMemory: MEMORY_BYTES });
  const talk = new Talk(flows);
  talk.open(lane);
  return { lane, talk, silent: new Talk(flows) };
}

answer(({ flows }: Task) => {
  const { lane, talk, silent } = running ??= begin(flows);
  paired = 0;
  const walked = timed(() => silent.speak(nowhere));
  const decoded = timed(() => talk.speak(lane));
  if (paired !== ROUND_TRIPS) throw new Error(`${paired} of ${ROUND_TRIPS} round trips were found`);
  return (decoded - walked) / (2 * ROUND_TRIPS);
});
