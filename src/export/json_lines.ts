/** Round trips as JSON lines: `{"Request":…,"Response":…,"Duration":"…"}`. */
import type { JsonWriter } from "../core/json.ts";
import type { Rendering } from "../core/protocol.ts";
import type { RoundTrip } from "../core/roundtrip.ts";
import type { LineFormat } from "./line_sink.ts";

export class JsonLines implements LineFormat {
  readonly #rendering: Rendering;

  constructor(rendering: Rendering) {
    this.#rendering = rendering;
  }

  write(roundTrip: RoundTrip, json: JsonWriter): void {
    const protocol = roundTrip.protocol;
    json.ascii('{"Request":');
    protocol.request(roundTrip, json, this.#rendering);
    if (roundTrip.answered) {
      json.ascii(',"Response":');
      protocol.response(roundTrip, json, this.#rendering);
      json.ascii(',"Duration":');
      json.duration(roundTrip.durationNs);
      json.ascii("}\n");
    } else {
      json.ascii(',"Response":null,"Duration":null}\n');
    }
  }
}
