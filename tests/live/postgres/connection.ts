/** A connection of a client program to PostgreSQL: what it asks is told as packetd must print it. */
import { Connection, type Parts } from "../told.ts";

export class PostgresConnection extends Connection {
  /**
   * Tells a statement that was run, or refused.
   *
   * @param packet of the response
   * @param answer what the driver gave, which must be what is expected
   */
  asked(statement: string, packet: Parts, answer?: unknown, expected?: unknown): void {
    this.told({ Packet: { Statement: statement } }, { Packet: packet }, answer, expected);
  }

  /** Tells a statement that was refused with this SQLSTATE, which the driver must have given. */
  refused(statement: string, sqlState: string, given: unknown, severity = "ERROR"): void {
    this.asked(statement, { Severity: severity, SQLStateCode: sqlState }, given, sqlState);
  }
}
