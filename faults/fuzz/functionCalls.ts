import { createHash } from "node:crypto";
import { createConvexHttpApi } from "../../src/engine/http/convexHttpApi.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { systemClock, systemRandom, systemTimer } from "../../src/hosts/node/systemPorts.ts";
import { internalFunctions } from "../../tests/support/internalFunctions.ts";
import { makeLedger } from "../../tests/support/ledgers.ts";
import { openTestEngine, silentLog } from "../../tests/support/testEngine.ts";
import { type FuzzTarget, shownInput } from "./FuzzTarget.ts";
import type { Mutator } from "./Mutator.ts";

const PATHS = [
  "/api/query",
  "/api/mutation",
  "/api/action",
  "/api/query_batch",
  "/api/run/plans/upgrade",
];

const CALLS = [
  { path: "plans:upgrade", args: { plan: "professional", interval: "month" }, format: "json" },
  { path: "plans:portal", args: { returnUrl: "https://shop.example" } },
  { path: "plans:open", args: { ownerId: "ann" } },
  { path: "events:ingest", args: [{ body: "{}", signatureHeader: "t=1,v1=2" }] },
  { path: "health:ready", args: {}, format: "convex_encoded_json" },
  { queries: [{ path: "health:ready", args: {} }], path: "plans:get", args: [{ planId: "x" }] },
];

const TOGETHER = 200;

/** Calls of functions as any client can make them, in process: no state changes, and nothing fails unnamed. */
export const functionCalls: FuzzTarget = {
  name: "function calls",
  send: async (count, mutator, told) => {
    const gateway = openTestEngine(internalFunctions, openMemoryStore());
    await makeLedger(gateway);
    const ports = { clock: systemClock, timer: systemTimer, random: systemRandom, log: silentLog };
    const api = createConvexHttpApi({ engine: gateway.engine, ...ports });
    const before = digestOf(gateway.store);
    const flaws: string[] = [];
    for (let done = 0; done < count; done += TOGETHER) {
      const inputs = Array.from({ length: Math.min(TOGETHER, count - done) }, () =>
        callOf(mutator),
      );
      const answers = await Promise.all(
        inputs.map(({ path, body }) =>
          api(new Request(`http://localhost${path}`, { method: "POST", body })),
        ),
      );
      for (const [index, answer] of answers.entries()) {
        const status = answer?.status ?? 404;
        if (status >= 500) {
          flaws.push(`${status} to ${shownInput(JSON.stringify(inputs[index]))}`);
        }
        await answer?.arrayBuffer();
      }
      told(inputs.length);
    }
    if (digestOf(gateway.store) !== before) {
      flaws.push("what is stored has changed");
    }
    await gateway.engine.close();
    return flaws;
  },
};

function callOf(mutator: Mutator): { path: string; body: string } {
  const path = mutator.one(PATHS);
  const isPathChanged = mutator.below(20) === 0;
  return {
    path: isPathChanged
      ? `/api/${encodeURIComponent(mutator.text(path.slice(5)).toWellFormed())}`
      : path,
    body: mutator.json(mutator.one(CALLS)),
  };
}

/** Of every row of every table. */
function digestOf(store: SqlStore): string {
  const hash = createHash("sha256");
  const tables = store
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all();
  for (const [name] of tables) {
    hash.update(JSON.stringify(store.prepare(`SELECT * FROM "${name}" ORDER BY 1`).all()));
  }
  return hash.digest("hex");
}
