/** Measurements in threads of their own: what one of them has compiled and holds is no matter of the others. */

export class Thread<Task, Result> implements Disposable {
  readonly #worker: Worker;
  readonly #task: Task;

  /** @param module one that calls {@link answer} */
  constructor(module: URL, task: Task) {
    this.#worker = new Worker(module, { type: "module" });
    this.#task = task;
  }

  /** Does the task once more. */
  run(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<Result>) => resolve(data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      this.#worker.postMessage(this.#task);
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** What the module of a thread does with its task each time that it is asked to. */
export function answer<Task, Result>(work: (task: Task) => Result | Promise<Result>): void {
  const outside = self as unknown as Worker; // as a thread sees it
  outside.onmessage = async ({ data }: MessageEvent<Task>) => outside.postMessage(await work(data));
}

/** What two threads do, in turns, after each has run once. */
export async function threadsInTurns<Task, Result>(
  runs: number,
  ours: Thread<Task, Result>,
  rivals: Thread<Task, Result>,
): Promise<[ours: Result[], rivals: Result[]]> {
  const mine: Result[] = [], others: Result[] = [];
  for (let i = 0; i <= runs; i++) {
    const [a, b] = [await ours.run(), await rivals.run()];
    if (i === 0) continue;
    mine.push(a);
    others.push(b);
  }
  return [mine, others];
}
