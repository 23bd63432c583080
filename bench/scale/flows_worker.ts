/** A lane with many live connections: each message lets some of them speak, and tells what a packet took. */
import type { PacketSink } from "../../src/core/packet.ts";
import { Lane } from "../../src/lane/lane.ts";
import { timed } from "../measure.ts";
import { Segment } from "../segment.ts";
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
const FIRST_CLIENT = 0x0a000000, PORT = 40_000;
const START = 1_700_000_000;
const REQUEST = "GET /products/4711 HTTP/1.1\r\nHost: shop.example.com\r\nAccept: */*\r\n\r\n";
const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

const opening = [new Segment(true, SYN), new Segment(false, SYN | ACK), new Segment(true, ACK)];
const request = new Segment(true, ACK, REQUEST), response = new Segment(false, ACK, RESPONSE);
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
      for (const [i, segment] of opening.entries()) {
        this.#play(segment, sink, flow, i === 2 ? 1 : 0, i === 0 ? 0 : 1);
      }
    }
  }

  speak(sink: PacketSink): void {
    for (let i = 0; i < ROUND_TRIPS; i++, this.#spoken++) {
      const flow = this.#spoken * STRIDE % this.#flows, before = Math.trunc(this.#spoken / this.#flows);
      const asked = 1 + before * REQUEST.length, answered = 1 + before * RESPONSE.length;
      this.#play(request, sink, flow, asked, answered);
      this.#play(response, sink, flow, answered, asked + REQUEST.length);
    }
  }

  #play(segment: Segment, sink: PacketSink, flow: number, sequence: number, acknowledged: number): void {
    const now = this.#now += 1000;
    segment.play(sink, FIRST_CLIENT + flow, PORT, sequence, acknowledged, START + Math.trunc(now / 1e9), now % 1e9);
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
