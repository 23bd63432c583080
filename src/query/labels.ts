/**
 * The protocols' metric labels as fields: by their selector (`request.path`), by the label's name (`path`), and by the
 * selector's last part where that is another.
 */
import type { Label, Protocol } from "../core/protocol.ts";
import type { TextField } from "./fields.ts";

type Naming = (selector: string, label: Label<unknown>) => string;

/** In this order: where two labels of one protocol could go by a name, the first has it. */
const NAMINGS: readonly Naming[] = [(selector) => selector, (_, label) => label.name, lastPart];

/** The part of a selector behind its last dot. */
export function lastPart(selector: string): string {
  return selector.slice(selector.lastIndexOf(".") + 1);
}

/** A field for each name; round trips of protocols without such a label have no value. */
export function labelFields(protocols: readonly Protocol[]): Map<string, TextField> {
  const labels = new Map<string, Map<Protocol, Reader>>();
  for (const naming of NAMINGS) {
    for (const protocol of protocols) {
      for (const [selector, label] of Object.entries(protocol.labels)) {
        const name = naming(selector, label);
        const known = labels.get(name) ?? new Map<Protocol, Reader>();
        if (!known.has(protocol)) known.set(protocol, readerOf(selector, label));
        labels.set(name, known);
      }
    }
  }
  return new Map([...labels].map(([name, readers]) => [name, labelField(readers)]));
}

type Reader = TextField["read"];

function readerOf(selector: string, label: Label<unknown>): Reader {
  if (!selector.startsWith("response.")) return (roundTrip) => label.read(roundTrip);
  return (roundTrip) => roundTrip.answered ? label.read(roundTrip) : undefined;
}

function labelField(readers: ReadonlyMap<Protocol, Reader>): TextField {
  return { kind: "text", read: (roundTrip) => readers.get(roundTrip.protocol)?.(roundTrip) };
}
