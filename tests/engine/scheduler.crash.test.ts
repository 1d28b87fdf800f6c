import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type SqlStore, StoreError } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore, openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { temporaryFolder } from "../hosts/temporaryFolder.ts";
import { type CrashSummary, crashFunctions } from "../support/crashFunctions.ts";
import { manualTime, settle } from "../support/manualTime.ts";
import { openSchedulerEngine } from "../support/schedulerEngine.ts";
import { openTestEngine } from "../support/testEngine.ts";
import { withCommits } from "../support/withCommits.ts";

const CHILD = join(import.meta.dirname, "../support/schedulerChild.ts");
/** The last of them is not killed before it has nothing to do. */
const ROUNDS = 6;
const LOST = { kind: "failed", error: "Transient error while executing action" };

describe("E9 a process that ends", () => {
  test("between any two commits loses no mutation, repeats none, and repeats no action", async () => {
    const chains = 2;
    const length = 8;
    const startMs = Date.now();
    let commits = 0;
    for (let isOver = false; !isOver; commits++) {
      const store = openMemoryStore();
      const outside: string[] = [];
      const functions = crashFunctions({ append: (effect) => outside.push(effect) });
      const dying = { commitsLeft: commits };
      const time = manualTime(startMs);
      const first = openSchedulerEngine(
        { chains: functions },
        { store: mortal(store, dying), time },
      );
      await first.call("chains:begin", { chains, length }).catch(() => undefined);
      await first.engine.start().catch(() => undefined);
      for (let round = 0; round < 10 && dying.commitsLeft > 0; round++) {
        await settle();
      }
      isOver = dying.commitsLeft > 0;

      const later = manualTime(startMs + 1_000);
      const second = openSchedulerEngine({ chains: functions }, { store, time: later });
      await second.engine.start();
      await second.engine.scheduler.runDue();
      const summary = (await second.call("chains:summary")) as CrashSummary;
      if (summary.steps.length > 0 || commits > 2) {
        checkSummary(summary, outside, chains, length);
      }
    }
    expect(commits).toBeGreaterThan(length);
  });

  test(`by kill -9, ${ROUNDS - 1} times, loses no mutation, repeats none, and repeats no action`, async () => {
    const folder = temporaryFolder();
    const databaseFile = join(folder, "chains.sqlite");
    const effectsFile = join(folder, "effects");
    const chains = 8;
    const length = 40;
    for (let round = 1; round <= ROUNDS; round++) {
      const child = spawn(
        process.execPath,
        [CHILD, databaseFile, effectsFile, `${chains}`, `${length}`],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const exited = once(child, "exit");
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      expect(await lines.next()).toMatchObject({ value: "started" });
      await (round < ROUNDS ? delay(round * 25) : lines.next());
      child.kill("SIGKILL");
      await exited;
    }
    const { call } = openTestEngine(
      { chains: crashFunctions({ append: () => undefined }) },
      openNodeSqliteStore({ path: databaseFile }),
    );
    const summary = (await call("chains:summary")) as CrashSummary;
    const outside = existsSync(effectsFile)
      ? readFileSync(effectsFile, "utf8").trim().split("\n")
      : [];
    checkSummary(summary, outside, chains, length);
  }, 60_000);
});

/** Every mutation exactly once, every action at most once, and the states tell which. */
function checkSummary(
  { steps, effects, actions, otherStates }: CrashSummary,
  outside: string[],
  chains: number,
  length: number,
): void {
  const expected = Array.from({ length: chains * length }, (_, i) => {
    return `${Math.floor(i / length)}.${i % length}`;
  });
  expect(steps).toEqual(expected.sort());
  expect(otherStates).toEqual(["success"]);
  expect(actions.map(({ effect }) => effect).sort()).toEqual(
    expected.filter((step) => Number(step.split(".")[1]) % 2 === 1),
  );
  expect(new Set(effects).size).toBe(effects.length);
  expect(new Set(outside).size).toBe(outside.length);
  for (const { effect, state } of actions) {
    if (state.kind === "success") {
      expect(outside).toContain(effect);
      expect(effects).toContain(effect);
    } else {
      expect(state).toEqual(LOST);
    }
  }
}

/** The store, until so many commits were made; from then on nothing reaches it any more. */
function mortal(store: SqlStore, dying: { commitsLeft: number }): SqlStore {
  return withCommits(store, () => {
    if (dying.commitsLeft === 0) {
      throw new StoreError("the process has ended");
    }
    dying.commitsLeft--;
  });
}
