/**
 * A client of Redis: `echo.ts ADDRESS CONNECTIONS ROUNDS PIPELINE`. On each connection it sends ECHO with a text of ever
 * another length, several in one write before it reads, and prints how many were answered as they must be.
 */
const [address, connections, rounds, pipeline] = Deno.args;

/** Lengths that come again only after 397 commands. */
const lengthOf = (number: number) => 1 + (number * 37) % 397;

async function converse(): Promise<number> {
  using connection = await Deno.connect({ hostname: address, port: 6379 });
  connection.setNoDelay(true);
  let answered = 0;
  for (let round = 0; round < Number(rounds); round++) {
    const texts = Array.from({ length: Number(pipeline) }, (_, i) => "e".repeat(lengthOf(answered + i)));
    await send(connection, texts.map((text) => `*2\r\n$4\r\nECHO\r\n$${text.length}\r\n${text}\r\n`).join(""));
    await receive(connection, texts.map((text) => `$${text.length}\r\n${text}\r\n`).join(""));
    answered += texts.length;
  }
  return answered;
}

async function send(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Reads what must come, and nothing else. */
async function receive(connection: Deno.TcpConn, expected: string): Promise<void> {
  const bytes = new Uint8Array(expected.length);
  for (let at = 0; at < bytes.length;) {
    const length = await connection.read(bytes.subarray(at));
    if (length === null) throw new Error("the server ended the connection");
    at += length;
  }
  if (new TextDecoder().decode(bytes) !== expected) throw new Error("an answer is another one");
}

const counts = await Promise.all(Array.from({ length: Number(connections) }, converse));
console.log(counts.reduce((total, count) => total + count, 0));
