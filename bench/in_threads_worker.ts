/** Runs a group of {@link groups} in this thread. */
import { groups } from "./in_threads.ts";
import { answer } from "./thread.ts";

answer((group: string) => groups[group](group));
