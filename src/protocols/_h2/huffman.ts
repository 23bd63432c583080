/**
 * The Huffman code of header strings (RFC 7541, section 5.2 and appendix B), decoded four bits at a time by a table
 * of states. A state is a node of the code's tree; no code is shorter than five bits, so four bits end at most one.
 */

/** Length of each symbol's code, EOS (256) last. The code is canonical: equal lengths count up in order of symbols. */
const LENGTHS = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28],
  ...[28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15],
  ...[6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23],
  ...[22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23],
  ...[20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27],
  ...[27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30],
];
const EOS = 256;

/** In a transition: the next state, from bit 8 on; whether a symbol ended; whether it was EOS, which no string may hold. */
const EMIT = 1 << 16, BROKEN = 1 << 17;
const transitions = new Int32Array(256 * 16);
/** States that a string may end in: at most seven bits of padding, all ones. */
const ends = new Uint8Array(256);

/** Children of each inner node, two a node: another node, or a symbol as its complement. */
function buildTree(): Int32Array {
  const tree = new Int32Array(512);
  let nodes = 1;
  let code = 0, length = 0;
  const symbols = LENGTHS.map((_, symbol) => symbol).sort((a, b) => LENGTHS[a] - LENGTHS[b] || a - b);
  for (const symbol of symbols) {
    code = code * 2 ** (LENGTHS[symbol] - length);
    length = LENGTHS[symbol];
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const child = 2 * node + ((code >>> bit) & 1);
      if (tree[child] === 0) tree[child] = nodes++;
      node = tree[child];
    }
    tree[2 * node + (code & 1)] = ~symbol;
    code++;
  }
  return tree;
}

function buildTransitions(): void {
  const tree = buildTree();
  for (let state = 0; state < 256; state++) {
    for (let bits = 0; bits < 16; bits++) {
      let node = state, emitted = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const child = tree[2 * node + ((bits >> bit) & 1)];
        node = child < 0 ? 0 : child;
        if (child < 0) emitted = ~child === EOS ? BROKEN : EMIT | ~child;
      }
      transitions[state << 4 | bits] = emitted | node << 8;
    }
  }
  for (let node = 0, padding = 0; padding < 8; padding++, node = tree[2 * node + 1]) ends[node] = 1;
}
buildTransitions();

/**
 * Decodes `bytes[start..end)` into `out` from its beginning, which must have room for 8/5 of the bytes and one more.
 *
 * @returns how many bytes were written, or -1 when the code is broken
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let state = 0, length = 0, seen = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    let next = transitions[state << 4 | byte >> 4];
    out[length] = next; // overwritten where no symbol ended: cheaper than a branch
    length += next >> 16 & 1;
    seen |= next;
    next = transitions[(next >> 8 & 0xff) << 4 | byte & 15];
    out[length] = next;
    length += next >> 16 & 1;
    seen |= next;
    state = next >> 8 & 0xff;
  }
  return (seen & BROKEN) !== 0 || ends[state] === 0 ? -1 : length;
}
