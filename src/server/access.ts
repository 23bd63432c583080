/**
 * Who may use what shows traffic or changes the agent: clients on this machine, and those that bear the token.
 *
 * A loopback peer address is not enough. A browser on this machine runs other people's pages: one that reaches the
 * server through a name of its own (DNS rebinding) sends that name as Host, and one that posts across origins says so in
 * Origin or Sec-Fetch-Site. A proxy on this machine forwards for others, and most say so.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const LOOPBACK_ADDRESS = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/;
const LOOPBACK_AUTHORITY = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/**
 * Whether the request comes from a program, or from a page of this server, on this machine.
 *
 * @param authority the host and port that the client meant
 */
export function isLocal(request: IncomingMessage, authority: string): boolean {
  const { headers, socket } = request;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? "") || !LOOPBACK_AUTHORITY.test(authority)) return false;
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${authority}`.toLowerCase();
}

/** Whether `Authorization: Bearer TOKEN` carries the token; takes the same time whatever it carries. */
export function bearsToken(request: IncomingMessage, token: string): boolean {
  const [, borne] = /^bearer +(.*)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (borne === undefined || token === "") return false;
  return timingSafeEqual(digest(Buffer.from(borne, "latin1")), digest(Buffer.from(token, "utf8")));
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
