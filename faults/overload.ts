import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Deliveries, type Delivery } from "../bench/throughput/deliveries.ts";
import { CONNECTIONS, load } from "../bench/throughput/load.ts";
import { peakMegabytes } from "../bench/throughput/processUsage.ts";
import { TEST_SIGNING_SECRET } from "../tests/fixtures/stripe.ts";
import { auditOf } from "../tests/support/ledgers.ts";
import { type GatewayProcess, spawnGateway } from "../tests/support/spawnGateway.ts";
import type { Fault, FaultOptions, FaultResult } from "./Fault.ts";
import { floodThread } from "./overload/floodThread.ts";

/** What is offered, as a multiple of what it takes. */
const OVERLOAD = 10;

/** Connections that it comes on; none of them waits for an answer. */
const FLOODING = OVERLOAD * CONNECTIONS;

/** Different ones; they come again, as what is not answered does. */
const FLOODED_EVENTS = 5_000;

const OVERLOAD_MS = 60_000;
const SHORT_OVERLOAD_MS = 1_500;
const MEASURED_MS = 5_000;
const SHORT_MEASURED_MS = 500;

const RECOVERS_WITHIN_MS = 5_000;
/** What counts as full speed again: two measurements on one machine differ by more than a tenth. */
const FULL_SPEED = 0.75;
const MAX_SLOWDOWN = 2;

/** All slots taken by the largest requests, on top of what a busy gateway takes anyway. */
const MAX_PEAK_MB = 600;
/** By how much it may grow once half of the flood is over: what has no bound goes on growing. */
const MAX_LATE_GROWTH_MB = 64;

const PROBE_EVERY_MS = 250;
/** How long a health check or a page may take while everything else waits. */
const PROBE_WITHIN_MS = 5_000;

/** Delivers before anything is measured, so that the process is warm. */
const WARM_UP_MS = 2_000;
const SHORT_WARM_UP_MS = 500;

const FOREIGN_SECRET = "whsec_foreign0123456789abcdef";

/**
 * Floods a real process with genuine deliveries that nobody waits for, looks whether health and dashboard
 * still answer, how much memory it takes, and how fast it is afterwards; then lets a flood of forged
 * deliveries, on as many connections as genuine ones, run beside those.
 */
export const overload: Fault = {
  name: "overload",
  what: "more than it can take for a minute, and a flood of forged deliveries",
  run: async ({ isShort, onProgress }: FaultOptions): Promise<FaultResult> => {
    const directory = await mkdtemp(join(tmpdir(), "tollgate-overload-"));
    const gateway = await spawnGateway(directory);
    try {
      const run = new OverloadRun(gateway, isShort);
      const steps = [
        () => run.begin(),
        () => run.overload(isShort ? SHORT_OVERLOAD_MS : OVERLOAD_MS),
        () => run.recover(),
        () => run.forged(),
        () => run.end(),
      ];
      for (const [done, step] of steps.entries()) {
        await step();
        onProgress(done + 1, steps.length);
      }
      return { figures: run.figures, broken: run.broken };
    } finally {
      await gateway.kill();
      await rm(directory, { recursive: true });
    }
  },
};

class OverloadRun {
  readonly figures: Record<string, string | number> = {};
  readonly broken: string[] = [];
  readonly #gateway: GatewayProcess;
  /** Speeds are not judged then: other tests run beside it. */
  readonly #isShort: boolean;
  readonly #measuredMs: number;
  readonly #deliveries = new Deliveries(TEST_SIGNING_SECRET);
  readonly #acknowledged = new Set<number>();
  #perSecond = 0;

  constructor(gateway: GatewayProcess, isShort: boolean) {
    this.#gateway = gateway;
    this.#isShort = isShort;
    this.#measuredMs = isShort ? SHORT_MEASURED_MS : MEASURED_MS;
  }

  get #url(): string {
    return `${this.#gateway.url}/stripe/webhook`;
  }

  async begin(): Promise<void> {
    await this.#load(this.#isShort ? SHORT_WARM_UP_MS : WARM_UP_MS);
    await this.#ask("/dashboard/");
    this.#perSecond = await this.#load(this.#measuredMs);
    this.figures["takesPerSecond"] = Math.round(this.#perSecond);
  }

  async overload(durationMs: number): Promise<void> {
    const probing = this.#probe(durationMs);
    const { offered, statuses, withoutRetryAfter } = await floodThread({
      url: this.#gateway.url,
      requests: Array.from({ length: FLOODED_EVENTS }, () => requestOf(this.#deliveries.next())),
      ...{ connections: FLOODING, durationMs, perSecond: OVERLOAD * this.#perSecond },
    });
    const { slowestMs, memoryMb } = await probing;
    const lateGrowthMb =
      Math.max(...memoryMb) - Math.max(...memoryMb.slice(0, memoryMb.length / 2));
    this.figures["lateGrowthMb"] = Math.round(lateGrowthMb);
    if (!this.#isShort && lateGrowthMb > MAX_LATE_GROWTH_MB) {
      this.broken.push(`it grew by ${lateGrowthMb.toFixed(0)} MB in the second half of the flood`);
    }
    const perSecond = offered / (durationMs / 1_000);
    const peakMb = Math.round(peakMegabytes(this.#gateway.pid));
    this.figures["offeredTimes"] = Number((perSecond / this.#perSecond).toFixed(1));
    this.figures["answered"] = [...statuses]
      .map(([status, times]) => `${status}: ${times}`)
      .join(" ");
    this.figures["slowestProbeMs"] = Math.round(slowestMs);
    this.figures["peakMb"] = peakMb;
    const others = [...statuses.keys()].filter((status) => status !== 200 && status !== 503);
    this.broken.push(...others.map((status) => `a delivery was answered with ${status}`));
    if (withoutRetryAfter > 0) {
      this.broken.push(`${withoutRetryAfter} answers with 503 say not when to try again`);
    }
    if (peakMb > MAX_PEAK_MB) {
      this.broken.push(`it took ${peakMb} MB`);
    }
  }

  async recover(): Promise<void> {
    await delay(this.#isShort ? 0 : RECOVERS_WITHIN_MS - this.#measuredMs / 2);
    // Twice, as one may meet something else that the machine does.
    const perSecond = Math.max(
      await this.#load(this.#measuredMs / 2),
      await this.#load(this.#measuredMs / 2),
    );
    this.figures["afterwardsPerSecond"] = Math.round(perSecond);
    if (!this.#isShort && perSecond < FULL_SPEED * this.#perSecond) {
      this.broken.push(`it takes ${Math.round(perSecond)} a second after the overload`);
    }
  }

  async forged(): Promise<void> {
    const alone = await this.#load(this.#measuredMs);
    const flooding = floodThread({
      url: this.#gateway.url,
      requests: [requestOf(new Deliveries(FOREIGN_SECRET).next())],
      ...{ connections: CONNECTIONS, durationMs: this.#measuredMs, perSecond: null },
    });
    const beside = await this.#load(this.#measuredMs);
    const { statuses } = await flooding;
    const slowdown = alone / beside;
    this.figures["forgedPerSecond"] = Math.round(
      (statuses.get(400) ?? 0) / (this.#measuredMs / 1_000),
    );
    this.figures["slowdownByForged"] = Number(slowdown.toFixed(2));
    if (!this.#isShort && slowdown > MAX_SLOWDOWN) {
      this.broken.push(`forged deliveries slow genuine ones ${slowdown.toFixed(2)} times`);
    }
    const others = [...statuses.keys()].filter((status) => status !== 400);
    this.broken.push(...others.map((status) => `a forged delivery was answered with ${status}`));
  }

  /** What was acknowledged is in the ledger, and everything there is explained. */
  async end(): Promise<void> {
    const report = await auditOf({ call: this.#gateway.run });
    this.broken.push(...report.findings.map((finding) => `audit: ${JSON.stringify(finding)}`));
    const events = report.rows["events"] ?? 0;
    this.figures["events"] = events;
    if (events < this.#acknowledged.size) {
      this.broken.push(`${this.#acknowledged.size} were acknowledged, ${events} are in the ledger`);
    }
  }

  /** @returns deliveries acknowledged per second */
  async #load(durationMs: number): Promise<number> {
    const { acknowledged, elapsedMs } = await load(this.#url, this.#deliveries, durationMs);
    for (const number of acknowledged) {
      this.#acknowledged.add(number);
    }
    return acknowledged.size / (elapsedMs / 1_000);
  }

  /** Looks at health and dashboard all the time. @returns how long the slowest answer took, and the memory */
  async #probe(durationMs: number): Promise<{ slowestMs: number; memoryMb: number[] }> {
    const endsAtMs = performance.now() + durationMs;
    const memoryMb: number[] = [];
    let slowestMs = 0;
    while (performance.now() < endsAtMs) {
      for (const path of ["/healthz", "/dashboard/"]) {
        const askedAtMs = performance.now();
        const status = await this.#ask(path);
        slowestMs = Math.max(slowestMs, performance.now() - askedAtMs);
        if (status !== 200) {
          this.broken.push(`${path} was answered with ${status} during the overload`);
        }
      }
      memoryMb.push(peakMegabytes(this.#gateway.pid));
      await delay(PROBE_EVERY_MS);
    }
    return { slowestMs, memoryMb };
  }

  async #ask(path: string): Promise<number | string> {
    try {
      const signal = AbortSignal.timeout(PROBE_WITHIN_MS);
      const response = await fetch(`${this.#gateway.url}${path}`, { signal });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      return String(error);
    }
  }
}

function requestOf({ body, signature }: Delivery): Buffer {
  const head = [
    "POST /stripe/webhook HTTP/1.1",
    "host: localhost",
    "content-type: application/json",
    `stripe-signature: ${signature}`,
    `content-length: ${body.length}`,
    "\r\n",
  ].join("\r\n");
  return Buffer.concat([Buffer.from(head), body]);
}
