import { Engine, INSIDER } from "../../src/engine/Engine.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { functionContext } from "../../src/hosts/node/functionContext.ts";
import { processEnvironment } from "../../src/hosts/node/processEnvironment.ts";
import {
  systemClock,
  systemFetch,
  systemRandom,
  systemStopwatch,
  systemTimer,
} from "../../src/hosts/node/systemPorts.ts";
import * as accounts from "./accounts.ts";

/** Accounts opened by one call. */
const OPENED_AT_ONCE = 2_000;

/** The same work through the engine, called in this process. */
export class AccountsOnEngine {
  readonly engine: Engine;

  constructor(store: SqlStore) {
    const { schema, ...functions } = accounts;
    this.engine = new Engine({
      store,
      modules: new Map<string, Record<string, unknown>>([
        ["schema.js", { default: schema }],
        ["accounts.js", functions],
      ]),
      clock: systemClock,
      random: systemRandom,
      timer: systemTimer,
      stopwatch: systemStopwatch,
      fetch: systemFetch,
      context: functionContext,
      environment: processEnvironment(),
      log: { info: () => undefined, error: () => undefined },
    });
  }

  async open(owners: readonly string[]): Promise<void> {
    for (let i = 0; i < owners.length; i += OPENED_AT_ONCE) {
      await this.#call("accounts:open", { owners: owners.slice(i, i + OPENED_AT_ONCE) });
    }
  }

  /** Asked for together: the engine commits them together. */
  async deposit(owners: readonly string[], amount: number): Promise<void> {
    await Promise.all(owners.map((owner) => this.#call("accounts:deposit", { owner, amount })));
  }

  async byOwner(owners: readonly string[]): Promise<void> {
    await Promise.all(owners.map((owner) => this.#call("accounts:byOwner", { owner })));
  }

  /** Makes a live query of each owner's account. */
  async subscribe(owners: readonly string[], onTouched: () => void): Promise<void> {
    for (const owner of owners) {
      const call = { path: "accounts:byOwner", args: { owner }, journal: null, onTouched };
      await this.engine.queries.run(() => [call], INSIDER);
    }
  }

  async #call(path: string, args: object): Promise<string> {
    return (await this.engine.call(path, "any", args as never, INSIDER)).valueText;
  }
}
