/** A connection of a client program to MariaDB: what it asks is told as packetd must print it. */
import { Connection, type Parts } from "../told.ts";

export class MysqlConnection extends Connection {
  /**
   * Tells a command that was answered.
   *
   * @param packet of the response
   * @param answer what the driver gave, which must be what is expected
   */
  asked(command: string, statement: string, packet: Parts, answer?: unknown, expected?: unknown): void {
    this.told({ Command: command, Statement: statement }, { Packet: packet }, answer, expected);
  }

  /** Tells a text query. */
  queried(sql: string, packet: Parts, answer?: unknown, expected?: unknown): void {
    this.asked("QUERY", sql, packet, answer, expected);
  }
}
