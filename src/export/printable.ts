/** Text from packets and files made harmless for a terminal and for a line of a log. */

/** The text with everything that could move the cursor, change the line or reverse its reading as an escape. */
export function printable(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (isHarmful(text.charCodeAt(i))) return escaped(text, i);
  }
  return text;
}

/** Control characters (C0, DEL, C1), line and paragraph separators, and marks of direction. */
function isHarmful(code: number): boolean {
  if (code < 0x7f) return code < 0x20;
  return code <= 0x9f || code === 0x061c || code === 0x200e || code === 0x200f || (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) || code === 0xfeff;
}

function escaped(text: string, from: number): string {
  let out = text.slice(0, from);
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isHarmful(code)) out += text[i];
    else if (code === 0x0a) out += "\\n";
    else if (code === 0x0d) out += "\\r";
    else if (code === 0x09) out += "\\t";
    else if (code < 0x100) out += "\\x" + code.toString(16).padStart(2, "0");
    else out += "\\u" + code.toString(16).padStart(4, "0");
  }
  return out;
}

/** The text's first characters, at most `width`, with an ellipsis where something was left out. */
export function shortened(text: string, width: number): string {
  if (text.length <= width) return text;
  const last = text.charCodeAt(width - 2);
  const splitsPair = last >= 0xd800 && last < 0xdc00;
  return text.slice(0, splitsPair ? width - 2 : width - 1) + "…";
}
