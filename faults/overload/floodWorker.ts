import { parentPort, workerData } from "node:worker_threads";
import { type FloodOptions, flood } from "./flood.ts";

parentPort?.postMessage(await flood(workerData as FloodOptions));
