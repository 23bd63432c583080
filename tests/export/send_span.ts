/** Sends one span to the URL in the argument, and prints what came of it: a process with the least permissions. */
import { TracesExporter } from "../../src/export/otlp.ts";
import { Span } from "../../src/process/span.ts";

const options = { endpoint: Deno.args[0], header: new Map(), batch: 1, intervalNs: 1e9, timeoutNs: 2e9 };
const exporter = new TracesExporter(options, () => {});
exporter.span(new Span());
await exporter.close(5000);
console.log(JSON.stringify(exporter.state()));
