import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { deliveryOf, type JsonObject } from "../tests/fixtures/stripe.ts";
import { type Random, seededRandom } from "../tests/model/lifeCycle/random.ts";
import { auditOf } from "../tests/support/ledgers.ts";
import { type GatewayProcess, spawnGateway } from "../tests/support/spawnGateway.ts";
import type { Fault, FaultOptions, FaultResult } from "./Fault.ts";
import { type Sold, sell } from "./support/sold.ts";

const SHORT_MINUTES = 0.06;
const PER_SECOND = 50;
const PLANS = 50;
/** One delivery in this many goes wrong in some way. */
const FAULTY_IN = 100;
const SAMPLE_MS = 2_000;
const PATIENCE_MS = 30_000;

/** Growth from the second quarter to the last one. */
const MAX_MEMORY_GROWTH_MB = 32;
const MAX_HANDLE_GROWTH = 8;
const MAX_LATENCY_GROWTH = 3;
/** Of the file for each event: indexes deepen. */
const MAX_SIZE_GROWTH = 1.25;
/** The log is copied home at 8 MiB and cut to 32 by the store. */
const MAX_LOG_MB = 33;

const FOREIGN_SECRET = "whsec_foreign0123456789abcdef";
const MB = 1_000_000;

/**
 * Delivers at a steady pace to a real process for a long time; one delivery in a hundred is forged, torn, given
 * up before its answer, or comes again. Memory, open files, the file for each event and the time of an answer
 * must be in the end what they were early on.
 */
export const soak: Fault = {
  name: "soak",
  what: "an hour at a steady pace with one fault in a hundred",
  run: async ({ isShort, seed, minutes, onProgress }: FaultOptions): Promise<FaultResult> => {
    const directory = await mkdtemp(join(tmpdir(), "tollgate-soak-"));
    const gateway = await spawnGateway(directory);
    try {
      const run = new SoakRun(gateway, seededRandom(seed));
      const durationMs = (isShort ? SHORT_MINUTES : minutes) * 60_000;
      const samples = await run.deliver(durationMs, onProgress);
      const broken = [...run.broken, ...(isShort ? [] : growthOf(samples))];
      const { findings } = await auditOf({ call: gateway.run });
      broken.push(...findings.map((finding) => `audit: ${JSON.stringify(finding)}`));
      const last = samples.at(-1);
      const figures = {
        minutes: Number((durationMs / 60_000).toFixed(1)),
        deliveries: run.sent,
        faults: run.faults,
        memoryMb: spread(samples, ({ memoryMb }) => memoryMb),
        handles: spread(samples, ({ handles }) => handles),
        logMb: spread(samples, ({ logMb }) => logMb),
        medianMs: spread(samples, ({ medianMs }) => medianMs),
        bytesPerEvent: Math.round(((last?.fileMb ?? 0) * MB) / (last?.events ?? 1)),
      };
      return { figures, broken };
    } finally {
      await gateway.kill();
      await rm(directory, { recursive: true });
    }
  },
};

interface Sample {
  memoryMb: number;
  handles: number;
  fileMb: number;
  logMb: number;
  events: number;
  /** Of the answers since the last sample. */
  medianMs: number;
}

class SoakRun {
  readonly broken: string[] = [];
  sent = 0;
  faults = 0;
  readonly #gateway: GatewayProcess;
  readonly #random: Random;
  readonly #plans: Sold[] = [];
  #events = 0;
  #latenciesMs: number[] = [];

  constructor(gateway: GatewayProcess, random: Random) {
    this.#gateway = gateway;
    this.#random = random;
  }

  async deliver(
    durationMs: number,
    onProgress: (done: number, total: number) => void,
  ): Promise<Sample[]> {
    const begin = Math.floor(Date.now() / 1_000) - 20 * 24 * 3_600;
    for (let place = 0; place < PLANS; place++) {
      const planId = await this.#gateway.run("plans:open", { ownerId: `owner ${place}` });
      this.#plans.push(sell(String(planId), begin + place));
    }
    const samples: Sample[] = [];
    const startedAtMs = performance.now();
    const underWay = new Set<Promise<void>>();
    let sampleAtMs = SAMPLE_MS;
    for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedAtMs) {
      const delivering = this.#deliverOne().finally(() => underWay.delete(delivering));
      underWay.add(delivering);
      await delay(Math.max(0, (this.sent * 1_000) / PER_SECOND - elapsedMs));
      if (elapsedMs > sampleAtMs) {
        samples.push(this.#sample());
        onProgress(Math.round(elapsedMs / 1_000), Math.round(durationMs / 1_000));
        sampleAtMs += SAMPLE_MS;
      }
    }
    await Promise.all(underWay);
    return samples;
  }

  async #deliverOne(): Promise<void> {
    const plan = this.#plans[this.sent++ % PLANS] as Sold;
    const event = plan.next();
    const kind = this.#random.below(FAULTY_IN) === 0 ? this.#random.below(4) : null;
    this.faults += Number(kind !== null);
    switch (kind) {
      case 0:
        await this.#expect(400, event, FOREIGN_SECRET);
        break;
      case 1:
        await this.#tear(event);
        break;
      case 2:
        await this.#giveUp(event);
        break;
      case 3:
        await this.#expect(200, event);
        break;
    }
    const sentAtMs = performance.now();
    await this.#expect(200, event);
    this.#events++;
    this.#latenciesMs.push(performance.now() - sentAtMs);
  }

  async #expect(status: number, event: JsonObject, secret?: string): Promise<void> {
    try {
      const response = await fetch(this.#request(event, secret, AbortSignal.timeout(PATIENCE_MS)));
      await response.arrayBuffer();
      if (response.status !== status) {
        this.broken.push(`a delivery was answered with ${response.status} and not ${status}`);
      }
    } catch (error) {
      this.broken.push(`a delivery got no answer: ${String(error)}`);
    }
  }

  async #giveUp(event: JsonObject): Promise<void> {
    const signal = AbortSignal.timeout(1 + this.#random.below(5));
    await fetch(this.#request(event, undefined, signal)).catch(() => undefined);
  }

  /** Announces more than it sends, and leaves. */
  async #tear(event: JsonObject): Promise<void> {
    const { hostname, port } = new URL(this.#gateway.url);
    const body = JSON.stringify(event);
    const head = `POST /stripe/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(head + body.slice(0, body.length / 2), () => socket.destroy()),
      );
      socket.on("error", () => undefined);
      socket.on("close", () => resolve());
    });
  }

  #request(event: JsonObject, secret: string | undefined, signal: AbortSignal): Request {
    const timestampSeconds = Math.floor(Date.now() / 1_000);
    const signed = deliveryOf(event, { timestampSeconds, ...(secret && { secret }) });
    return new Request(`${this.#gateway.url}/stripe/webhook`, {
      method: "POST",
      body: signed.body,
      headers: { "stripe-signature": signed.signatureHeader },
      signal,
    });
  }

  #sample(): Sample {
    const { pid, dataDirectory } = this.#gateway;
    const file = join(dataDirectory, "tollgate.sqlite");
    const logMb = statSync(`${file}-wal`).size / MB;
    const latencies = this.#latenciesMs.sort((a, b) => a - b);
    this.#latenciesMs = [];
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (logMb > MAX_LOG_MB) {
      this.broken.push(`the log is ${logMb.toFixed(0)} MB long`);
    }
    return {
      memoryMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000,
      handles: readdirSync(`/proc/${pid}/fd`).length,
      fileMb: statSync(file).size / MB,
      logMb,
      events: this.#events,
      medianMs: latencies[Math.floor(latencies.length / 2)] ?? 0,
    };
  }
}

/** What grew from the second quarter to the last one. */
function growthOf(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const mean = (part: readonly Sample[], of: (sample: Sample) => number) =>
    part.reduce((sum, sample) => sum + of(sample), 0) / part.length;
  const bytes = ({ fileMb, events }: Sample) => fileMb / events;
  const broken: string[] = [];
  const hold = (
    name: string,
    of: (sample: Sample) => number,
    isFlat: (a: number, b: number) => boolean,
  ) => {
    const [before, after] = [mean(early, of), mean(late, of)];
    if (!isFlat(before, after)) {
      broken.push(`${name} went from ${before.toFixed(4)} to ${after.toFixed(4)}`);
    }
  };
  hold(
    "memory in MB",
    ({ memoryMb }) => memoryMb,
    (a, b) => b - a <= MAX_MEMORY_GROWTH_MB,
  );
  hold(
    "open files",
    ({ handles }) => handles,
    (a, b) => b - a <= MAX_HANDLE_GROWTH,
  );
  hold("MB for an event", bytes, (a, b) => b <= a * MAX_SIZE_GROWTH);
  hold(
    "median in ms",
    ({ medianMs }) => medianMs,
    (a, b) => b <= a * MAX_LATENCY_GROWTH,
  );
  return broken;
}

/** The least and the greatest. */
function spread(samples: readonly Sample[], of: (sample: Sample) => number): string {
  const values = samples.map(of);
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}
