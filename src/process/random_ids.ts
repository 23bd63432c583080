/** Random trace and span ids. */

const pool = new Uint8Array(4096);
let used = pool.length;

/** Fills an id with random bytes, not all zero. */
export function randomId(id: Uint8Array): void {
  do {
    if (used + id.length > pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    for (let i = 0; i < id.length; i++) id[i] = pool[used++];
  } while (id.every((byte) => byte === 0));
}
