/** The systems that a release is made for. */

export interface Target {
  /** As in the names of archives. */
  readonly name: string;
  /** As `deno compile --target` calls it. */
  readonly triple: string;
  readonly program: "packetd" | "packetd.exe";
  /** Files of the source that the archive holds beside the program. */
  readonly files: readonly string[];
  /** Debian's name of the architecture, where a package is made. */
  readonly debian?: string;
}

const EVERYWHERE = ["LICENSE", "README.md", "static/packetd.yaml"];
const UNIX = [...EVERYWHERE, "static/install.sh"];
const LINUX = [...UNIX, "static/packetd.service"];

export const targets: readonly Target[] = [
  { name: "linux-x86_64", triple: "x86_64-unknown-linux-gnu", program: "packetd", files: LINUX, debian: "amd64" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-gnu", program: "packetd", files: LINUX },
  { name: "macos-x86_64", triple: "x86_64-apple-darwin", program: "packetd", files: UNIX },
  { name: "macos-arm64", triple: "aarch64-apple-darwin", program: "packetd", files: UNIX },
  { name: "windows-x86_64", triple: "x86_64-pc-windows-msvc", program: "packetd.exe", files: EVERYWHERE },
];
