/** What must not leave by default: which names carry secrets, and what is printed in their place. */

export const MASK = "***";

const PERCENT = 0x25, AMPERSAND = 0x26, EQUALS = 0x3d, QUESTION_MARK = 0x3f;

const HEADERS = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
  "api-key",
  "apikey",
  "x-auth-token",
  "x-access-token",
  "x-csrf-token",
  "x-xsrf-token",
  "x-amz-security-token",
  "x-vault-token",
  "x-gitlab-token",
  "private-token",
  "x-goog-api-key",
  "x-functions-key",
]);

const PARAMETERS = new Set([
  "access_token",
  "api_key",
  "apikey",
  "auth",
  "auth_token",
  "client_secret",
  "id_token",
  "key",
  "passwd",
  "password",
  "pwd",
  "refresh_token",
  "secret",
  "sig",
  "signature",
  "token",
  "x-amz-credential",
  "x-amz-security-token",
  "x-amz-signature",
  "x-goog-credential",
  "x-goog-signature",
]);

/** Whether a header (or gRPC metadata key) of this name carries a secret. */
export function isSecretHeader(name: string): boolean {
  return HEADERS.has(name.toLowerCase());
}

/** Whether a query parameter of this (still percent-encoded) name carries a secret. */
export function isSecretParameter(name: string): boolean {
  return PARAMETERS.has(decodeName(name).toLowerCase());
}

/** For the first letter of a name, the lengths of secret parameters that begin with it: a bit each. */
const secretLengths = new Int32Array(32);
for (const name of PARAMETERS) secretLengths[name.charCodeAt(0) & 31] |= 1 << name.length;

/**
 * Whether the query of a target may hold a secret parameter. Told from the first letters and the lengths of the names,
 * in a fraction of the time that {@link maskTarget} takes, so that most targets are printed as they are.
 */
export function mayHoldSecretParameter(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at] !== QUESTION_MARK) at++;
  while (at < end) {
    const name = ++at;
    for (; at < end && bytes[at] !== EQUALS && bytes[at] !== AMPERSAND; at++) {
      if (bytes[at] === PERCENT || bytes[at] >= 0x80) return true;
    }
    const length = at - name;
    if (at < end && length < 32 && ((secretLengths[bytes[name] & 31] >> length) & 1) === 1) return true;
    while (at < end && bytes[at] !== AMPERSAND) at++;
  }
  return false;
}

function decodeName(name: string): string {
  if (!name.includes("%")) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** A request target with the values of secret query parameters, and the password of an absolute form, masked. */
export function maskTarget(target: string): string {
  const userInfo = /^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#@]*@/i.exec(target);
  if (userInfo !== null) target = `${userInfo[1]}:${MASK}@${target.slice(userInfo[0].length)}`;
  const query = target.indexOf("?");
  if (query < 0) return target;
  const parts = target.slice(query + 1).split("&");
  let changed = false;
  for (let i = 0; i < parts.length; i++) {
    const equals = parts[i].indexOf("=");
    if (equals < 0 || equals === parts[i].length - 1 || !isSecretParameter(parts[i].slice(0, equals))) continue;
    parts[i] = parts[i].slice(0, equals + 1) + MASK;
    changed = true;
  }
  return changed ? target.slice(0, query + 1) + parts.join("&") : target;
}
