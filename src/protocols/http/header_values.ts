/** Values of header fields: which must not be shown, and what `Connection` says. */
import { MASK, maskTarget } from "../../core/secrets.ts";
import { type Name, SECRET, TARGET } from "./header_names.ts";

/** A value as it is shown. */
export function shownValue(name: Name, value: string, showSecrets: boolean): string {
  if (showSecrets) return value;
  if (name.kind === SECRET) return MASK;
  return name.kind === TARGET ? maskTarget(value) : value;
}

/** Whether a value of `Connection` names `close`. */
export function isClose(value: string): boolean {
  return value.toLowerCase().split(",").some((element) => element.trim() === "close");
}
