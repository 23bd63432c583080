/**
 * `deno task packages`: what a release holds is installed, run and removed in a clean root. Each scene is a program of
 * its own, since it runs inside.
 */
import { testWhere, withoutCapture } from "../capture/support.ts";
import { enterCleanRoot, withoutCleanRoot } from "./clean_root.ts";
import { release } from "./release.ts";

const withoutRoot = withoutCleanRoot !== "" ? withoutCleanRoot : withoutCapture;
const made = withoutRoot === "" ? await release() : { trouble: withoutRoot, files: [] };
const withoutPackage = made.files.some((name) => name.endsWith(".deb")) ? "" : made.trouble || "dpkg-deb is missing";

testWhere(
  withoutPackage,
  "the Debian package installs, runs as its unit says, and is removed",
  () => enterCleanRoot("tests/packages/debian.ts"),
);
testWhere(
  made.trouble,
  "the archive installs, runs, and is removed",
  () => enterCleanRoot("tests/packages/archive.ts"),
);
