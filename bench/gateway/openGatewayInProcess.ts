import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { loadFunctions } from "../../src/hosts/loadFunctions.ts";
import { createEngine } from "../../src/hosts/node/createEngine.ts";
import { FUNCTIONS_DIRECTORY } from "../../src/hosts/node/gateway.ts";
import { processEnvironment } from "../../src/hosts/node/processEnvironment.ts";
import { GatewayInProcess } from "./GatewayInProcess.ts";

/** Tollgate's own functions on a store. */
export async function openGatewayInProcess(store: SqlStore): Promise<GatewayInProcess> {
  process.env["STRIPE_WEBHOOK_SECRET"] = GatewayInProcess.secret;
  return new GatewayInProcess(
    createEngine({
      store,
      modules: await loadFunctions(FUNCTIONS_DIRECTORY),
      environment: processEnvironment(),
      log: { info: () => undefined, error: () => undefined },
    }),
  );
}
