/** What is printed of a captured body: JSON as the value that it is, everything else as a string. */
import type { JsonWriter } from "../../core/json.ts";
import type { CapturedBody } from "./captured_body.ts";
import { decoded } from "./content_coding.ts";

/** JSON that is nested deeper is printed as a string: those who read the line have limits too. */
const JSON_DEPTH = 128;

/** Writes a body that is not empty; null when it holds nothing but white space. */
export function writeBody(body: CapturedBody, json: JsonWriter): void {
  const content = decoded(body);
  if (typeof content === "string") return json.string(content);
  // Where the end is missing, a character that was cut in two is left out.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(content, { stream: !body.whole }).trim();
  if (text === "") return json.ascii("null");
  const value = body.whole && isJsonType(body.mediaType) ? compactJson(text) : undefined;
  if (value === undefined) json.string(text);
  else json.utf8(value);
}

function isJsonType(mediaType: string): boolean {
  return mediaType === "application/json" || mediaType === "text/json" || mediaType.endsWith("+json");
}

/** The same JSON on one line, with the escapes of Go's encoder; undefined for what is none, or nested too deep. */
function compactJson(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let compact = "", from = 0, depth = 0, isInString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (isInString) {
      if (c === "\\") i++;
      else isInString = c !== '"';
    } else if (c === '"') isInString = true;
    else if (c === "[" || c === "{") {
      if (++depth > JSON_DEPTH) return undefined;
    } else if (c === "]" || c === "}") depth--;
    else if (c <= " ") {
      compact += text.slice(from, i);
      from = i + 1;
    }
  }
  compact += text.slice(from);
  // Only strings can hold these.
  return compact.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
