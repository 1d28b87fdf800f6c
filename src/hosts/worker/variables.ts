import { env as bindings } from "cloudflare:workers";
import { AsyncLocalStorage } from "node:async_hooks";
import type { Environment } from "../../engine/ports.ts";

/**
 * Puts `process.env` in place, which functions read and this runtime does not have: the Worker's bindings
 * that are texts, and what the running object sets for itself. Objects share an isolate, so each sees its
 * own through {@link ObjectVariables.run}. To be imported before every module that reads it.
 */
const current = new AsyncLocalStorage<ReadonlyMap<string, string>>();

function variable(name: string | symbol): string | undefined {
  if (typeof name === "symbol") {
    return undefined;
  }
  const bound = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
  return typeof bound === "string" ? bound : current.getStore()?.get(name);
}

const env = new Proxy<Record<string, string | undefined>>(
  {},
  {
    get: (_, name) => variable(name),
    has: (_, name) => variable(name) !== undefined,
  },
);

(globalThis as { process?: unknown }).process = { env };

/** The engine's own; a stored one of these would change the host. */
const OF_THE_HOST = /^(?:CONVEX_|TOLLGATE_|STRIPE_)/;

/** The variables of one object: the bindings of the Worker, which win, and its own. */
export class ObjectVariables implements Environment {
  readonly #own = new Map<string, string>();

  /** Runs `work` and all that follows from it with these as `process.env`. */
  run<T>(work: () => T): T {
    return current.run(this.#own, work);
  }

  get(name: string): string | undefined {
    return this.run(() => variable(name));
  }

  /** What the operator bound, and what the host needs, no admin key changes. */
  isReserved(name: string): boolean {
    return Object.hasOwn(bindings, name) || OF_THE_HOST.test(name);
  }

  set(name: string, value: string | null): void {
    if (value === null) {
      this.#own.delete(name);
    } else {
      this.#own.set(name, value);
    }
  }
}
