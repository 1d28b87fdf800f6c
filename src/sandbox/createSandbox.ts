import { Hono } from "hono";
import { createApi, type Transact } from "./api/createApi.ts";
import { earliestJob, runDue } from "./billing/runDue.ts";
import { createControl } from "./control/createControl.ts";
import { Deliverer } from "./delivery/Deliverer.ts";
import { SANDBOX_LIMITS } from "./limits.ts";
import { createPages } from "./pages/createPages.ts";
import type { SandboxPorts } from "./ports.ts";
import { allRoutes } from "./routes/allRoutes.ts";
import { newId } from "./state/ids.ts";
import { Store } from "./state/Store.ts";
import { World } from "./state/World.ts";

export interface Sandbox {
  /** Answers the API at `/v1`, the hosted pages, and the controls at `/sandbox`. */
  fetch(request: Request): Promise<Response>;
  /** Resolves when no delivery is due; false when some still are after 30 seconds. */
  settled(): Promise<boolean>;
  /** Stops what happens by itself. Everything is stored already. */
  close(): Promise<void>;
}

/**
 * A local stand-in for Stripe that the unmodified `stripe` package speaks to, with what was stored in
 * `ports.storage` before.
 *
 * Guarantees: requests are answered one after another, each after its changes are stored; the same ports
 * with the same seed do the same. Time passes with `ports.clock` and can be moved ahead; what is due happens
 * then, in order. Not guaranteed: that anything it answers is what Stripe would answer, beyond what
 * docs/sandbox.md lists.
 *
 * @throws Error `sandbox_state_unreadable` when the storage holds something else
 */
export async function createSandbox(ports: SandboxPorts): Promise<Sandbox> {
  const store = new Store(ports.storage);
  await store.load();
  const world = new World(store, ports.clock, ports.random);
  let cancelTimer: () => void = () => undefined;
  let isClosed = false;

  const transact: Transact = async (body) => {
    try {
      return await store.transact(() => {
        runDue(world, world.nowSeconds());
        const result = body(world);
        runDue(world, world.nowSeconds());
        return result;
      });
    } finally {
      keepGoing();
    }
  };
  const deliverer = new Deliverer(ports, store, world, transact);

  /** Sends what came up, and sets the timer for what happens next by itself. */
  function keepGoing(): void {
    cancelTimer();
    if (isClosed) {
      return;
    }
    deliverer.wake();
    const next = earliestJob(world);
    if (next !== undefined) {
      const delayMs = Math.max(0, next.dueSeconds * 1_000 - world.nowMs());
      cancelTimer = ports.timer.after(delayMs, () => {
        // What fails is not tried over and over: the next request meets it and says so.
        transact(() => undefined).catch(() => cancelTimer());
      });
    }
  }

  const app = new Hono();
  app.route("/sandbox", createControl(transact, deliverer));
  app.route("/", createPages(transact, deliverer));
  app.route(
    "/",
    createApi(allRoutes, transact, () => newId(ports.random, "req", 14)),
  );
  keepGoing();
  return {
    fetch: async (request) => app.fetch(request),
    settled: () => deliverer.settled(SANDBOX_LIMITS.settleWaitMs),
    close: async () => {
      isClosed = true;
      cancelTimer();
      await deliverer.close();
    },
  };
}
