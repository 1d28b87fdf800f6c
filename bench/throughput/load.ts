import { Agent, request } from "node:http";
import type { Deliveries, Delivery } from "./deliveries.ts";

/** Deliveries that are on their way together, each on a connection of its own. */
export const CONNECTIONS = 64;

/** Nobody answers later than this; the delivery counts as failed. */
const TIMEOUT_MS = 10_000;

export interface Load {
  /** How long it took, from the first delivery to the last answer. */
  readonly elapsedMs: number;
  /** Answers by status; what got none counts as 0. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Numbers of the events that were answered with 200. */
  readonly acknowledged: ReadonlySet<number>;
  /** From writing a request to the end of its answer, ascending. */
  readonly latenciesMs: readonly number[];
  /** Of one core, what this process needed to make and send the load. */
  readonly generatorShare: number;
}

/** Delivers for `durationMs`, as fast as {@link CONNECTIONS} connections are answered. */
export async function load(
  url: string,
  deliveries: Pick<Deliveries, "next">,
  durationMs: number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const statuses = new Map<number, number>();
  const acknowledged = new Set<number>();
  const latenciesMs: number[] = [];
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  const connection = async () => {
    while (performance.now() - startMs < durationMs) {
      const delivery = deliveries.next();
      const sentMs = performance.now();
      const status = await deliver(url, agent, delivery);
      latenciesMs.push(performance.now() - sentMs);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) {
        acknowledged.add(delivery.number);
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  agent.destroy();
  return {
    elapsedMs,
    statuses,
    acknowledged,
    latenciesMs: latenciesMs.sort((a, b) => a - b),
    generatorShare: (user + system) / 1_000 / elapsedMs,
  };
}

function deliver(url: string, agent: Agent, { body, signature }: Delivery): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "content-length": body.length,
      "stripe-signature": signature,
    };
    const sent = request(url, { method: "POST", agent, headers, timeout: TIMEOUT_MS }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
      answer.on("error", () => resolve(0));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(0));
    sent.end(body);
  });
}
