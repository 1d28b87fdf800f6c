import { Engine, type EngineOptions, INSIDER } from "../../src/engine/Engine.ts";
import type { Modules } from "../../src/engine/functions/FunctionRegistry.ts";
import type { Log } from "../../src/engine/ports.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { functionContext } from "../../src/hosts/node/functionContext.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { processEnvironment } from "../../src/hosts/node/processEnvironment.ts";
import {
  systemClock,
  systemFetch,
  systemRandom,
  systemStopwatch,
  systemTimer,
} from "../../src/hosts/node/systemPorts.ts";

export const silentLog: Log = { info: () => undefined, error: () => undefined };

export interface TestEngine {
  engine: Engine;
  store: SqlStore;
  /** Calls a function as an insider; Convex JSON in and out. */
  call(path: string, args?: object): Promise<unknown>;
}

/** The ports of this machine, with a log that says nothing. */
export function testPorts(): Omit<EngineOptions, "store" | "modules"> {
  return {
    clock: systemClock,
    random: systemRandom,
    timer: systemTimer,
    stopwatch: systemStopwatch,
    fetch: systemFetch,
    context: functionContext,
    environment: processEnvironment(),
    log: silentLog,
  };
}

/** A real engine on a real store, in this process. */
export function openTestEngine(
  modules: Record<string, Record<string, unknown>>,
  store: SqlStore = openMemoryStore(),
): TestEngine {
  const named: Modules = new Map(
    Object.entries(modules).map(([name, namespace]) => [`${name}.js`, namespace]),
  );
  const engine = new Engine({ ...testPorts(), store, modules: named });
  return {
    engine,
    store,
    call: async (path, args = {}) =>
      JSON.parse((await engine.call(path, "any", args as never, INSIDER)).valueText),
  };
}
