/** The primitives of the path of a packet, each beside what it was chosen over. */
import type { Row } from "../table.ts";
import { bytes } from "./bytes.ts";
import { flows } from "./flows.ts";
import { text } from "./text.ts";

export const hotGroups: Readonly<Record<string, () => Promise<Row[]>>> = {
  "hot/flows": () => Promise.resolve(flows("hot/flows")),
  "hot/bytes": () => Promise.resolve(bytes("hot/bytes")),
  "hot/text": () => Promise.resolve(text("hot/text")),
};
