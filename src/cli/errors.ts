/** The two ways in which a command ends badly, exit status 2 and 1, and the hint that a wrong word deserves. */

export { UsageError } from "../capture/errors.ts";
export { didYouMean } from "../core/near_miss.ts";

/** What was asked cannot be done: a file that is missing, no privilege, no interface. Exit status 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}
