import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import type { Modules } from "../../src/engine/functions/FunctionRegistry.ts";
import type { Log } from "../../src/engine/ports.ts";
import type { SyscallHandler } from "../../src/engine/runtime/convexGlobal.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import {
  systemAsyncContext,
  systemClock,
  systemRandom,
  systemTimer,
} from "../../src/hosts/node/systemPorts.ts";

const context = systemAsyncContext<SyscallHandler>();

export const silentLog: Log = { info: () => undefined, error: () => undefined };

export interface TestEngine {
  engine: Engine;
  store: SqlStore;
  /** Calls a function as an insider; Convex JSON in and out. */
  call(path: string, args?: object): Promise<unknown>;
}

/** A real engine on a real store, in this process. */
export function openTestEngine(
  modules: Record<string, Record<string, unknown>>,
  store: SqlStore = openMemoryStore(),
): TestEngine {
  const named: Modules = new Map(
    Object.entries(modules).map(([name, namespace]) => [`${name}.js`, namespace]),
  );
  const engine = new Engine({
    store,
    modules: named,
    clock: systemClock,
    random: systemRandom,
    timer: systemTimer,
    context,
    log: silentLog,
  });
  return {
    engine,
    store,
    call: async (path, args = {}) =>
      JSON.parse((await engine.call(path, "any", args as never, INSIDER)).valueText),
  };
}
