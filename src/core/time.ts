/** Time is two numbers, seconds and nanoseconds of the Unix epoch; a duration is one number of nanoseconds. */

/** A point in time. */
export interface Instant {
  readonly sec: number;
  readonly nsec: number;
}

/** The packets' clock: the time of the packet in hand. One object, changed in place, never kept by who is given it. */
export class Clock implements Instant {
  sec = 0;
  nsec = 0;

  set(sec: number, nsec: number): void {
    this.sec = sec;
    this.nsec = nsec;
  }
}

/** Nanoseconds from the first instant to the second; negative where the clock ran backwards. */
export function elapsedNs(fromSec: number, fromNsec: number, toSec: number, toNsec: number): number {
  return (toSec - fromSec) * 1e9 + (toNsec - fromNsec);
}

function withoutTrailingZeros(fraction: string): string {
  let end = fraction.length;
  while (end > 0 && fraction.charCodeAt(end - 1) === 48) end--;
  return end === 0 ? "" : "." + fraction.slice(0, end);
}

/** Text of a duration as Go's `time.Duration` prints it: `0s`, `198ns`, `681.536µs`, `1.93892ms`, `1m0.25s`. */
export function durationText(ns: number): string {
  if (ns === 0) return "0s";
  if (ns < 0) return "-" + durationText(-ns);
  if (ns < 1e3) return ns + "ns";
  if (ns < 1e6) return Math.trunc(ns / 1e3) + withoutTrailingZeros(String(ns % 1e3).padStart(3, "0")) + "µs";
  if (ns < 1e9) return Math.trunc(ns / 1e6) + withoutTrailingZeros(String(ns % 1e6).padStart(6, "0")) + "ms";
  const totalSeconds = Math.trunc(ns / 1e9);
  const seconds = (totalSeconds % 60) + withoutTrailingZeros(String(ns % 1e9).padStart(9, "0")) + "s";
  const minutes = Math.trunc(totalSeconds / 60);
  if (minutes === 0) return seconds;
  const hours = Math.trunc(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

/** Date and time of day of the second asked for last, and the zone's offset: the calendar is asked once a second. */
const calendar = { second: NaN, text: "", zone: "Z" };

/** RFC 3339 text of a second in the local zone, in two parts: up to the fraction, and after it. */
export function secondText(sec: number): { readonly text: string; readonly zone: string } {
  if (sec === calendar.second) return calendar;
  const minutes = -new Date(sec * 1000).getTimezoneOffset();
  const local = new Date((sec + minutes * 60) * 1000);
  const isDate = Number.isFinite(local.getTime());
  const size = Math.abs(minutes);
  calendar.second = sec;
  calendar.text = isDate ? local.toISOString().slice(0, -5) : "1970-01-01T00:00:00";
  calendar.zone = minutes === 0 || !isDate
    ? "Z"
    : (minutes < 0 ? "-" : "+") + String(Math.trunc(size / 60)).padStart(2, "0") + ":" +
      String(size % 60).padStart(2, "0");
  return calendar;
}

/** Text of an instant as RFC 3339 with the fraction's trailing zeros removed, in the local zone (`Z` for UTC). */
export function timeText(sec: number, nsec: number): string {
  const { text, zone } = secondText(sec);
  return nsec === 0 ? text + zone : text + withoutTrailingZeros(String(nsec).padStart(9, "0")) + zone;
}
