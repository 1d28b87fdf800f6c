import { Worker } from "node:worker_threads";
import type { Flood, FloodOptions } from "./flood.ts";

/** {@link flood} on a thread of its own, so that this one can measure meanwhile. */
export function floodThread(options: FloodOptions): Promise<Flood> {
  const worker = new Worker(new URL("floodWorker.ts", import.meta.url), { workerData: options });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
