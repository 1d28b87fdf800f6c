import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FunctionError } from "../../../src/engine/errors.ts";
import { openNodeSqliteStore } from "../../../src/hosts/node/nodeSqliteStore.ts";
import { temporaryDirectory } from "../../support/gatewayProcess.ts";
import { type ManualTime, manualTime, settle } from "../../support/manualTime.ts";
import { openSchedulerEngine, type SchedulerEngine } from "../../support/schedulerEngine.ts";
import * as random from "./functions.ts";
import { NaiveModel, type Position } from "./NaiveModel.ts";
import { type History, history, type Operation, type Selection } from "./operations.ts";

const SEED = 20_261_122;
const HISTORIES = 50;
const START_MS = 1_760_000_000_000;

/** How often what was meant to happen did: a generator that idles proves nothing. */
const happened = {
  operations: 0,
  documentsRead: 0,
  changes: 0,
  refusals: 0,
  nestedFailures: 0,
  failures: 0,
  continuedPages: 0,
  jobs: { pending: 0, canceled: 0, success: 0, failed: 0 },
  restarts: 0,
};

const modules = { schema: { default: random.schema }, random };

/** A deployment on a file beside the model; they must agree after every operation. */
class Comparison {
  readonly #path: string;
  readonly #paged: readonly Selection[];
  readonly #model = new NaiveModel(START_MS);
  readonly #time: ManualTime = manualTime(START_MS);
  readonly #pages: { cursor: string | null; position: Position }[];
  #deployment: SchedulerEngine;
  #ids: string[] = [];
  #jobs: string[] = [];

  private constructor(path: string, paged: readonly Selection[]) {
    this.#path = path;
    this.#paged = paged;
    this.#pages = paged.map(() => ({ cursor: null, position: null }));
    this.#deployment = this.#open();
  }

  static async start(path: string, paged: readonly Selection[]): Promise<Comparison> {
    const comparison = new Comparison(path, paged);
    await comparison.#deployment.engine.start();
    return comparison;
  }

  async run(operation: Operation): Promise<void> {
    happened.operations++;
    switch (operation.do) {
      case "mutate":
        return await this.#mutate(operation);
      case "read":
        return await this.#read(operation.selection, operation.take);
      case "page":
        return await this.#page(operation.slot, operation.numItems);
      case "advance":
        return await this.#advance(operation.ms);
      default:
        happened.restarts++;
        await this.close();
        this.#deployment = this.#open();
        await this.#deployment.engine.start();
    }
  }

  /** Every index whole, in both directions. */
  async readAll(): Promise<void> {
    for (const [, state] of this.#model.jobStates()) {
      happened.jobs[state]++;
    }
    const whole = { equal: [], lower: null, upper: null, filter: null };
    for (const index of ["by_creation_time", "by_a", "by_a_b", "by_c_x"] as const) {
      for (const order of ["asc", "desc"] as const) {
        await this.#read({ ...whole, table: "listed", index, order }, null);
      }
    }
    await this.#read(
      { ...whole, table: "unlisted", index: "by_creation_time", order: "asc" },
      null,
    );
  }

  async close(): Promise<void> {
    await this.#deployment.engine.close();
    this.#deployment.store.close();
  }

  async #mutate({ steps, fails }: Extract<Operation, { do: "mutate" }>): Promise<void> {
    const args = { steps, fails, ids: this.#ids, jobs: this.#jobs };
    const report = (await this.#deployment.call("random:apply", args).catch((error: unknown) => {
      happened.failures++;
      if (error instanceof FunctionError && error.data !== undefined) {
        return error.data;
      }
      throw error;
    })) as random.Report;
    const expected = this.#model.mutate(steps, fails, report, this.#ids);
    this.#ids = report.ids;
    this.#jobs = report.jobs;
    expect(report.seen).toEqual(expected);
    // What was scheduled for now runs before anything else is asked.
    await this.#advance(0);
    const text = JSON.stringify({ steps, seen: report.seen });
    happened.changes += text.split("_creationTime").length - 1;
    happened.refusals += text.split('"nonexistent"').length - 1;
    happened.nestedFailures += text.split('"fails":true').length - 1;
  }

  async #read(selection: Selection, take: number | null): Promise<void> {
    const found = (await this.#deployment.call("random:read", { selection, take })) as string[];
    expect(found).toEqual(this.#model.read(selection, take));
    happened.documentsRead += found.length;
  }

  async #page(slot: number, numItems: number): Promise<void> {
    const selection = this.#paged[slot] as Selection;
    const { cursor, position } = this.#pages[slot] as { cursor: string | null; position: Position };
    const args = { selection, numItems, cursor };
    const found = (await this.#deployment.call("random:page", args)) as {
      page: string[];
      isDone: boolean;
      continueCursor: string;
    };
    const expected = this.#model.page(selection, numItems, position);
    expect({ page: found.page, isDone: found.isDone }).toEqual({
      page: expected.page,
      isDone: expected.isDone,
    });
    happened.continuedPages += cursor !== null && found.page.length > 0 ? 1 : 0;
    this.#pages[slot] = found.isDone
      ? { cursor: null, position: null }
      : { cursor: found.continueCursor, position: expected.position };
  }

  async #advance(ms: number): Promise<void> {
    const creationTime = this.#model.lastCreationTime;
    await this.#time.advance(ms);
    await settle();
    await this.#deployment.engine.scheduler.finishInProgress();
    const { call } = this.#deployment;
    const created = (await call("random:createdAfter", { creationTime })) as string[];
    const inserted = created.map((text) => (JSON.parse(text) as { a: string }).a);
    expect(inserted.sort()).toEqual(this.#model.advance(ms, created).sort());
    expect(await call("random:jobStates")).toEqual(this.#model.jobStates());
  }

  #open(): SchedulerEngine {
    const store = openNodeSqliteStore({ path: this.#path });
    return openSchedulerEngine(modules, { store, time: this.#time });
  }
}

test("E19 any history of reads, writes, nested failures, schedules and restarts shows what a naive model shows", async () => {
  const directory = await temporaryDirectory();
  let files = 0;
  const agrees = async ({ paged, operations }: History): Promise<void> => {
    const comparison = await Comparison.start(join(directory, `${files++}.sqlite`), paged);
    try {
      for (const operation of operations) {
        await comparison.run(operation);
      }
      await comparison.readAll();
    } finally {
      await comparison.close();
    }
  };
  await fc.assert(fc.asyncProperty(history, agrees), { seed: SEED, numRuns: HISTORIES });
  expect(happened.operations).toBeGreaterThan(2_000);
  expect(happened.documentsRead).toBeGreaterThan(5_000);
  expect(happened.changes).toBeGreaterThan(2_000);
  expect(happened.refusals).toBeGreaterThan(100);
  expect(happened.nestedFailures).toBeGreaterThan(500);
  expect(happened.failures).toBeGreaterThan(100);
  expect(happened.continuedPages).toBeGreaterThan(100);
  expect(happened.jobs.success).toBeGreaterThan(100);
  expect(happened.jobs.failed).toBeGreaterThan(30);
  expect(happened.jobs.canceled).toBeGreaterThan(10);
  expect(happened.restarts).toBeGreaterThan(50);
}, 60_000);
