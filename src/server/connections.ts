/** The open connections: how many there may be, which one gives way, and one exchange at a time on each. */
import type { Socket } from "node:net";
import type { Reasons } from "../core/ledger.ts";
import type { Limits } from "./limits.ts";

class Connection {
  /** Exchanges that are under way or wait for that; only the first is under way. */
  pending = 0;
  last: Promise<void> = Promise.resolve();
  /** True while it must not give way to another. */
  kept = false;
}

export class Connections {
  readonly #limits: Limits;
  readonly #refused: Reasons;
  /** In the order of their last request, or of their opening: the first was silent for longest. */
  readonly #open = new Map<Socket, Connection>();
  #closing = false;

  constructor(limits: Limits, refused: Reasons) {
    this.#limits = limits;
    this.#refused = refused;
  }

  get count(): number {
    return this.#open.size;
  }

  add(socket: Socket): void {
    if (this.#open.size >= this.#limits.connections) {
      this.#refused.add("connections closed because too many were open");
      const victim = this.#mostSilent();
      if (victim === undefined) return void socket.destroy();
      this.#remove(victim);
    }
    this.#open.set(socket, new Connection());
    socket.once("close", () => this.#open.delete(socket));
  }

  /** Runs an exchange when those before it on its connection are over. It must not reject. */
  enqueue(socket: Socket, exchange: () => Promise<void>): void {
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    if (connection.pending > this.#limits.pipelined) {
      this.#refused.add("connections with too many requests at once");
      return this.#remove(socket);
    }
    this.#open.delete(socket);
    this.#open.set(socket, connection);
    connection.pending++;
    connection.last = connection.last.then(async () => {
      if (!socket.destroyed) await exchange();
      connection.pending--;
      if (this.#closing && connection.pending === 0) this.#remove(socket);
    });
  }

  /** Whether an exchange is under way on it. */
  isBusy(socket: Socket): boolean {
    return (this.#open.get(socket)?.pending ?? 0) > 0;
  }

  /** Says whether a connection must stay when others need room: it has proved who it is, and its exchange is long. */
  keep(socket: Socket, kept: boolean): void {
    const connection = this.#open.get(socket);
    if (connection !== undefined) connection.kept = kept;
  }

  /** Closes those that are idle; the others as their exchanges end. */
  close(): void {
    this.#closing = true;
    for (const [socket, { pending }] of this.#open) if (pending === 0) this.#remove(socket);
  }

  closeAll(): void {
    for (const socket of this.#open.keys()) this.#remove(socket);
  }

  #mostSilent(): Socket | undefined {
    for (const [socket, { kept }] of this.#open) if (!kept) return socket;
    return undefined;
  }

  #remove(socket: Socket): void {
    this.#open.delete(socket);
    socket.destroy();
  }
}
