import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Engine } from "../../../engine/Engine.ts";
import type { FunctionReport } from "../../../engine/runtime/FunctionObserver.ts";
import type { SyncSessions } from "../../../engine/sync/SyncSessions.ts";
import { watchDeliveries } from "../../../routes/webhook/deliveryOutcome.ts";
import { registerStanding } from "./registerStanding.ts";

export interface GatewayMetricsOptions {
  engine: Engine;
  sessions: Pick<SyncSessions, "size">;
  /** Whose disk is told of. */
  dataDirectory: string;
}

/** From half a millisecond to the ten seconds that a checkout page waits for. */
const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Told before the first of them comes: a series that begins at 1 has had no increase. */
const AWAITED_OUTCOMES = [
  ["verified", "applied"],
  ["duplicate", "applied"],
  ["refused", "signature_not_verified"],
  ["failed", "failed"],
  ["failed", "dead"],
  ["failed", "unavailable"],
] as const;

/** Paths of HTTP actions are the client's to choose, so all are one. */
const HTTP_ACTIONS = "http";

/**
 * What a gateway tells of itself, in the text format of Prometheus. Counters begin at zero with the
 * process; what is kept (queue, plans, disk) is read when somebody asks.
 *
 * Bounded: labels are outcomes, statuses, codes, plan types and names of functions that exist.
 */
export class GatewayMetrics {
  /** The media type of {@link GatewayMetrics.text}. */
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #readStanding: () => Promise<void>;
  readonly #ends: (() => void)[];

  constructor({ engine, sessions, dataDirectory }: GatewayMetricsOptions) {
    const registers = [this.#registry];
    this.contentType = this.#registry.contentType;
    this.#ends = [
      countDeliveries(registers),
      countFunctions(registers, engine),
      countCommits(registers, engine),
    ];
    this.#readStanding = registerStanding(registers, { engine, sessions, dataDirectory });
    collectDefaultMetrics({ register: this.#registry });
  }

  async text(): Promise<string> {
    await this.#readStanding();
    return await this.#registry.metrics();
  }

  /** Counts no more. */
  close(): void {
    for (const end of this.#ends) {
      end();
    }
  }
}

function countDeliveries(registers: Registry[]): () => void {
  const deliveries = new Counter({
    name: "tollgate_deliveries_total",
    help: "Deliveries to the webhook endpoint, by what was made of them",
    labelNames: ["outcome", "code"],
    registers,
  });
  for (const [outcome, code] of AWAITED_OUTCOMES) {
    deliveries.inc({ outcome, code }, 0);
  }
  const durations = new Histogram({
    name: "tollgate_delivery_duration_seconds",
    help: "From the request of a delivery to its answer",
    labelNames: ["outcome"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  return watchDeliveries(({ outcome, code, durationMs }) => {
    deliveries.inc({ outcome, code });
    durations.observe({ outcome }, durationMs / 1_000);
  });
}

function countFunctions(registers: Registry[], engine: Engine): () => void {
  const runs = new Counter({
    name: "tollgate_function_runs_total",
    help: "Runs of functions, by how they ended",
    labelNames: ["function", "type", "outcome"],
    registers,
  });
  const seconds = new Counter({
    name: "tollgate_function_seconds_total",
    help: "Time that runs of a function took together",
    labelNames: ["function"],
    registers,
  });
  const durations = new Histogram({
    name: "tollgate_function_duration_seconds",
    help: "How long one run of a function took",
    labelNames: ["type"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  return engine.onFunctionExecution((report) => {
    const { type, durationMs, error } = report;
    const name = nameOf(report);
    runs.inc({ function: name, type, outcome: error === null ? "success" : "failure" });
    seconds.inc({ function: name }, durationMs / 1_000);
    durations.observe({ type }, durationMs / 1_000);
  });
}

function nameOf({ type, path }: FunctionReport): string {
  return type === "HttpAction" ? HTTP_ACTIONS : path.replace(".js:", ":");
}

function countCommits(registers: Registry[], engine: Engine): () => void {
  const commits = new Counter({
    name: "tollgate_commits_total",
    help: "Transactions that changed something, and are durable",
    registers,
  });
  const syncs = new Counter({
    name: "tollgate_commit_batches_total",
    help: "Disk syncs that made them so",
    registers,
  });
  const documents = new Counter({
    name: "tollgate_committed_documents_total",
    help: "Documents that they made, changed or removed",
    registers,
  });
  return engine.onCommit((batch) => {
    syncs.inc();
    commits.inc(batch.length);
    documents.inc(batch.reduce((sum, { length }) => sum + length, 0));
  });
}
