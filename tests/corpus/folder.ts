/** The folder of captures: `index.tsv`, `files/`, and in `truth/` what is known of them. */

/** A capture, as the index has it. */
export interface Capture {
  readonly name: string;
  readonly path: string;
  /** What is special about it: `loss`, `midstream`, `vxlan`. */
  readonly conditions: readonly string[];
}

export class Folder {
  constructor(readonly path: string) {}

  /** All captures. Throws when there is no index. */
  async captures(): Promise<Capture[]> {
    const index = `${this.path}/index.tsv`;
    const [head, ...lines] = (await Deno.readTextFile(index).catch((error: Error) => {
      throw new Error(`PACKETD_CORPUS must name a folder with an index of captures, but ${index}: ${error.message}`);
    })).split("\n");
    const names = head.split("\t");
    const [file, conditions] = [names.indexOf("file"), names.indexOf("conditions")];
    return lines.filter((line) => line !== "").map((line) => {
      const cells = line.split("\t");
      const path = `${this.path}/files/${cells[file]}`;
      return { name: cells[file], path, conditions: (cells[conditions] ?? "").split(",").filter((one) => one !== "") };
    });
  }

  /** What is known of a capture: `http.json`, `frames.tsv`; undefined where there is nothing of the kind. */
  known(capture: Capture, kind: string): Promise<string | undefined> {
    return Deno.readTextFile(`${this.path}/truth/${capture.name}.${kind}`).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
  }
}
