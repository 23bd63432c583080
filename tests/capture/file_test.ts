import assert from "node:assert/strict";
import { CaptureError } from "../../src/capture/errors.ts";
import { openFile } from "../../src/capture/file.ts";
import { Blocks } from "./blocks.ts";
import { concat, payload, readCapture } from "./collect.ts";

const text = (characters: string) => Uint8Array.from(characters, (character) => character.charCodeAt(0));
const blocks = new Blocks(true);

const NO_CAPTURES: [string, Uint8Array, RegExp][] = [
  ["an empty file", new Uint8Array(), /^'FILE' is empty$/],
  ["a file of one byte", Uint8Array.of(0xa1), /it begins with the bytes a1$/],
  ["text", text("<!DOCTYPE html>\n<html>"), /it begins with text \("<!DOCTYPE html> <html>"\)$/],
  ["UTF-8 text", text("gr\xc3\xbc\xc3\x9fe, und noch mehr Text\n"), /it begins with text \("gr e, und/],
  ["an ELF program", text("\x7fELF\x02\x01\x01\0\0\0\0\0"), /it is an ELF program$/],
  ["a snoop capture", text("snoop\0\0\0\0\0\0\x02\0\0\0\x04"), /it is a snoop capture \(convert it: editcap/],
  ["an xz file", text("\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46"), /it is compressed with xz \(unpack it: xz -dc/],
  ["a bzip2 file", text("BZh91AY&SY"), /it is compressed with bzip2/],
  ["pcapng without its section", blocks.interface(1), /begins with a block of pcapng, but without the section header/],
  [
    "pcapng without byte-order magic",
    concat([10, 13, 13, 10, 28, 0, 0, 0], payload(20)),
    /begins like pcapng, but its section header has no byte-order magic/,
  ],
  ["random bytes", Uint8Array.from([0, 255, 1, 254, 2, 253]), /it begins with the bytes 00 ff 01 fe 02 fd$/],
];
for (const [name, bytes, message] of NO_CAPTURES) {
  Deno.test(`${name} is refused, named and described`, async () => {
    await assert.rejects(readCapture(bytes), (error: Error) => {
      assert.ok(error instanceof CaptureError);
      assert.match(error.message, message);
      assert.match(error.message, /^'FILE' is /);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("a missing file and a directory are refused in one line", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assert.rejects(openFile(`${directory}/none.pcap`), {
      name: "CaptureError",
      message: `there is no file '${directory}/none.pcap'`,
    });
    await assert.rejects(openFile(directory), {
      name: "CaptureError",
      message: `'${directory}' is a directory, not a capture file`,
    });
  } finally {
    await Deno.remove(directory);
  }
});
