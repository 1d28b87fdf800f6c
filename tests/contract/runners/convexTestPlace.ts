import { makeFunctionReference } from "convex/server";
import { convexTest } from "convex-test";
import { loadFunctions } from "../../../src/hosts/loadFunctions.ts";
import { FUNCTIONS_DIRECTORY } from "../../../src/hosts/node/gateway.ts";
import schema from "../../../src/internal/schema.ts";
import { setDateNow } from "../../support/manualDate.ts";
import { manualTime } from "../../support/manualTime.ts";
import type { OutsideWorld } from "../OutsideWorld.ts";
import type { Place } from "../Place.ts";
import { manualTimeouts } from "./manualTimeouts.ts";

/** Scheduled functions that schedule each other, before time has to pass again. */
const MAX_ROUNDS = 8;

/** The official stand-in for a Convex deployment, with the functions as they are. */
export async function convexTestPlace(outside: OutsideWorld): Promise<Place> {
  Object.assign(process.env, outside.variables, { CONVEX_SITE_URL: "https://place.example" });
  const modules = await loadFunctions(FUNCTIONS_DIRECTORY);
  const time = manualTime(Date.now());
  setDateNow(time.clock.nowMs);
  const restoreTimeouts = manualTimeouts(time.timer);
  // It looks for the folder by the place of `_generated`.
  const loaders = Object.fromEntries([
    ["./_generated/api.js", async () => ({})],
    ...[...modules].map(([path, module]) => [`./${path}`, async () => module]),
  ]);
  const deployment = convexTest(schema, loaders);
  const refused = (): Promise<never> => Promise.reject(new Error("convex-test cannot do this"));
  return {
    outside,
    fetch: (path, init) => deployment.fetch(path, init),
    run: async (path, args = {}) => {
      const [module = "", name = ""] = path.split(":");
      const called = modules.get(`${module}.js`)?.[name] as Record<string, unknown> | undefined;
      try {
        return called?.["isQuery"]
          ? await deployment.query(makeFunctionReference<"query">(path), args)
          : called?.["isAction"]
            ? await deployment.action(makeFunctionReference<"action">(path), args)
            : await deployment.mutation(makeFunctionReference<"mutation">(path), args);
      } catch (error) {
        const { data, message } = error as Error & { data?: unknown };
        throw new Error(data === undefined ? message : JSON.stringify(data), { cause: error });
      }
    },
    syncUrl: () => null,
    nowMs: time.clock.nowMs,
    advance: async (ms) => {
      await time.leap(ms);
      for (let round = 0; round < MAX_ROUNDS; round++) {
        await deployment.finishInProgressScheduledFunctions();
        await time.leap(0);
      }
    },
    fail: refused,
    restart: refused,
    close: async () => {
      restoreTimeouts();
      setDateNow(null);
    },
  };
}
