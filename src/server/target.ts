/** The target of a request (RFC 9112, section 3.2). Paths are compared as they are written: nothing is decoded or tidied. */

export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Host and port that the client means; empty where it does not say. */
  readonly authority: string;
}

/**
 * Reads origin form (`/metrics?a=b`) and absolute form (`http://host/metrics`), whose authority replaces the Host header.
 *
 * @returns undefined for the other forms, which name no resource of this server
 */
export function parseTarget(target: string, host: string): Target | undefined {
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  const authority = absolute === null ? host : absolute[1];
  const rest = absolute === null ? target : /^[/]/.test(absolute[2]) ? absolute[2] : "/" + absolute[2];
  if (!rest.startsWith("/")) return undefined;
  const question = rest.indexOf("?");
  const path = question < 0 ? rest : rest.slice(0, question);
  return { path, query: new URLSearchParams(question < 0 ? "" : rest.slice(question + 1)), authority };
}
