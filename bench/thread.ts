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

/**
 * What two threads do, in turns. Each run has fresh ones, which have done it once before they are measured: how V8
 * compiles the same code differs from one to the next.
 */
export async function threadsInTurns<Task, Result>(
  runs: number,
  ours: () => Thread<Task, Result>,
  rivals: () => Thread<Task, Result>,
): Promise<[ours: Result[], rivals: Result[]]> {
  const mine: Result[] = [], others: Result[] = [];
  for (let i = 0; i < runs; i++) {
    using own = ours(), rival = rivals();
    await own.run();
    await rival.run();
    mine.push(await own.run());
    others.push(await rival.run());
  }
  return [mine, others];
}
