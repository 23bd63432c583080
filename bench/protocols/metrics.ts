import type { Row } from "../table.ts";
export const protocolMetrics = (_folder: string): Promise<Row[]> => Promise.resolve([]);
