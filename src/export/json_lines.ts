/** Round trips as JSON lines: `{"Request":…,"Response":…,"Duration":"…"}`. */
import { Fragment } from "../bytes/writer.ts";
import type { JsonWriter } from "../core/json.ts";
import type { Rendering } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import type { LineFormat } from "./line_sink.ts";

const REQUEST = new Fragment('{"Request":'), RESPONSE = new Fragment(',"Response":');
const DURATION = new Fragment(',"Duration":'), END = new Fragment("}\n");
const UNANSWERED = new Fragment(',"Response":null,"Duration":null}\n');

export class JsonLines implements LineFormat {
  readonly #rendering: Rendering;

  constructor(rendering: Rendering) {
    this.#rendering = rendering;
  }

  write(roundTrip: RoundTrip, json: JsonWriter): void {
    const protocol = roundTrip.protocol;
    json.fragment(REQUEST);
    protocol.request(roundTrip, json, this.#rendering);
    if (roundTrip.answered) {
      json.fragment(RESPONSE);
      protocol.response(roundTrip, json, this.#rendering);
      json.fragment(DURATION);
      json.duration(roundTrip.durationNs);
      json.fragment(END);
    } else {
      json.fragment(UNANSWERED);
    }
  }
}
