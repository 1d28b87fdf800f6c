import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { functionContext } from "../../src/hosts/node/functionContext.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { processEnvironment } from "../../src/hosts/node/processEnvironment.ts";
import { systemFetch, systemRandom, systemStopwatch } from "../../src/hosts/node/systemPorts.ts";
import { type ManualTime, manualTime } from "./manualTime.ts";
import { silentLog, type TestEngine } from "./testEngine.ts";

export interface SchedulerEngine extends TestEngine {
  time: ManualTime;
}

/** An engine whose clock and delays the test moves. Not started. */
export function openSchedulerEngine(
  modules: Record<string, Record<string, unknown>>,
  {
    store = openMemoryStore(),
    time = manualTime(Date.now()),
  }: { store?: SqlStore; time?: ManualTime } = {},
): SchedulerEngine {
  const engine = new Engine({
    store,
    modules: new Map(Object.entries(modules).map(([name, namespace]) => [`${name}.js`, namespace])),
    clock: time.clock,
    random: systemRandom,
    timer: time.timer,
    stopwatch: systemStopwatch,
    fetch: systemFetch,
    environment: processEnvironment(),
    context: functionContext,
    log: silentLog,
  });
  return {
    engine,
    store,
    time,
    call: async (path, args = {}) =>
      JSON.parse((await engine.call(path, "any", args as never, INSIDER)).valueText),
  };
}
