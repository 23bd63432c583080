/** The two ways in which capturing fails before it starts, so that a command can tell them apart by its exit status. */
import { NativeError } from "../../ffi/errors.ts"; // not mod.ts: the command line loads this before it knows what to do

/** The user's text cannot be used: a filter expression, a regular expression, a protocol. Exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked for is understood but cannot be done: no privilege, no interface, no library. Exit status 1. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

/** Runs; what the system refuses, or a missing library, becomes a CaptureError. */
export function withCaptureErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof NativeError) throw new CaptureError(error.message);
    throw error;
  }
}
