import { join } from "node:path";
import type { JSONValue } from "convex/values";
import { Engine } from "../engine/Engine.ts";
import { FunctionError } from "../engine/errors.ts";
import type { FunctionType, Modules } from "../engine/functions/FunctionRegistry.ts";
import type { Identity } from "../engine/runtime/Identity.ts";
import { loadFunctions } from "../hosts/loadFunctions.ts";
import { functionContext } from "../hosts/node/functionContext.ts";
import { openMemoryStore } from "../hosts/node/nodeSqliteStore.ts";
import { processEnvironment } from "../hosts/node/processEnvironment.ts";
import {
  systemClock,
  systemFetch,
  systemRandom,
  systemStopwatch,
} from "../hosts/node/systemPorts.ts";
import { InlineFunctions } from "./InlineFunctions.ts";
import { TestScheduler } from "./TestScheduler.ts";
import { loadTestModules, type ModuleLoaders, withoutSchema } from "./testModules.ts";
import { testTimer } from "./testTimer.ts";

interface Opened {
  engine: Engine;
  jobs: TestScheduler;
}

/**
 * An engine on a store in memory, opened by the first call: loading modules takes waiting. It is never
 * started, so nothing runs by itself, crons least of all.
 */
export class TestDeployment {
  readonly inline = new InlineFunctions();
  readonly #schema: unknown;
  readonly #loaders: ModuleLoaders | undefined;
  #opened: Promise<Opened> | undefined;

  constructor(schema: unknown, loaders: ModuleLoaders | undefined) {
    this.#schema = schema;
    this.#loaders = loaders;
  }

  /**
   * Calls any function, internal ones included.
   *
   * @returns the result's Convex JSON text
   * @throws whatever the function threw, and Error with Convex's text for a refusal
   */
  async call(
    path: string,
    type: FunctionType,
    args: JSONValue,
    identity: Identity | null,
  ): Promise<string> {
    const { engine } = await this.#open();
    try {
      const result = await engine.call(path, type, args, { audience: "insider", identity });
      return result.valueText;
    } catch (error) {
      throw error instanceof FunctionError && error.cause !== undefined ? error.cause : error;
    }
  }

  /** Answers a request as the deployment's HTTP actions do. @throws Error for a path without "/" */
  async fetch(
    pathQueryFragment: string,
    init: RequestInit | undefined,
    identity: Identity | null,
  ): Promise<Response> {
    if (!pathQueryFragment.startsWith("/")) {
      throw new Error("Path given to `t.fetch` must start with a `/`");
    }
    const { engine } = await this.#open();
    const request = new Request(`https://some.convex.site${pathQueryFragment}`, init);
    return await engine.handleHttp(request, identity);
  }

  /** Waits for the scheduled functions that run now. */
  async finishInProgressScheduledFunctions(): Promise<void> {
    await (await this.#open()).jobs.finishInProgress();
  }

  /** Waits for all scheduled functions. @throws Error after too many rounds */
  async finishAllScheduledFunctions(
    advanceTimers: () => void,
    maxIterations?: number,
  ): Promise<void> {
    await (await this.#open()).jobs.finishAll(advanceTimers, maxIterations);
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  async #start(): Promise<Opened> {
    const modules = new Map(await loadModules(this.#loaders));
    modules.set(this.inline.modulePath, this.inline.module);
    if (this.#schema !== undefined) {
      modules.set("schema.js", { default: this.#schema });
    }
    const engine = new Engine({
      store: openMemoryStore(),
      modules,
      clock: systemClock,
      random: systemRandom,
      timer: testTimer,
      stopwatch: systemStopwatch,
      fetch: systemFetch,
      context: functionContext,
      environment: processEnvironment(),
      log: { info: () => undefined, error: () => undefined },
    });
    return { engine, jobs: new TestScheduler(engine) };
  }
}

async function loadModules(loaders: ModuleLoaders | undefined): Promise<Modules> {
  if (loaders !== undefined) {
    return await loadTestModules(loaders);
  }
  return withoutSchema(await loadFunctions(join(process.cwd(), "convex")));
}
