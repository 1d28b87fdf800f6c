import { makeFunctionReference } from "convex/server";
import { convexTest } from "convex-test";
import { loadFunctions } from "../../../src/hosts/loadFunctions.ts";
import { FUNCTIONS_DIRECTORY } from "../../../src/hosts/node/gateway.ts";
import schema from "../../../src/internal/schema.ts";
import { TEST_SIGNING_SECRET } from "../../fixtures/stripe.ts";
import type { Place } from "../Place.ts";

/** The official stand-in for a Convex deployment, with the functions as they are. */
export async function convexTestPlace(): Promise<Place> {
  process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
  const modules = await loadFunctions(FUNCTIONS_DIRECTORY);
  // It looks for the folder by the place of `_generated`.
  const loaders = Object.fromEntries([
    ["./_generated/api.js", async () => ({})],
    ...[...modules].map(([path, module]) => [`./${path}`, async () => module]),
  ]);
  const deployment = convexTest(schema, loaders);
  const refused = (): Promise<never> => Promise.reject(new Error("convex-test cannot do this"));
  return {
    fetch: (path, init) => deployment.fetch(path, init),
    run: async (path, args = {}) => {
      const [module = "", name = ""] = path.split(":");
      const called = modules.get(`${module}.js`)?.[name] as { isQuery?: boolean } | undefined;
      return called?.isQuery === true
        ? await deployment.query(makeFunctionReference<"query">(path), args)
        : await deployment.mutation(makeFunctionReference<"mutation">(path), args);
    },
    syncUrl: () => null,
    nowMs: () => Date.now(),
    advance: refused,
    restart: refused,
    close: async () => undefined,
  };
}
