/** Which program this is. The commit and the time of the build are known to a released binary only. */
import { VERSION } from "../core/version.ts";

/** Three lines: version, commit, and time of the build. */
export function versionText(): string {
  const commit = variable("PACKETD_GIT_HASH"), time = variable("PACKETD_BUILD_TIME");
  return `Version: v${VERSION}\nGitHash: ${commit}\nBuildTime: ${time}`;
}

/** The value of an environment variable where it may be read: `deno compile --env-file` bakes these in. */
function variable(name: string): string {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) ?? "" : "";
}
