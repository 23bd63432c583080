/** Questions to the HTTP server of an agent, and to others on this machine. */

// deno-lint-ignore no-explicit-any -- a status is read field by field
export async function status(port: number): Promise<any> {
  return JSON.parse(await get(port, "/-/status"));
}

/** Body of an answer of the agent's. */
export async function get(port: number, path: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return text;
}
