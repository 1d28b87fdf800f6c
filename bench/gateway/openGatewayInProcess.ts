import type { Modules } from "../../src/engine/functions/FunctionRegistry.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { loadFunctions } from "../../src/hosts/loadFunctions.ts";
import { createEngine } from "../../src/hosts/node/createEngine.ts";
import { FUNCTIONS_DIRECTORY } from "../../src/hosts/node/gateway.ts";
import { processEnvironment } from "../../src/hosts/node/processEnvironment.ts";
import { GatewayInProcess } from "./GatewayInProcess.ts";

/** Tollgate's own functions on a store, and others beside them. */
export async function openGatewayInProcess(
  store: SqlStore,
  others: Modules = new Map(),
): Promise<GatewayInProcess> {
  process.env["STRIPE_WEBHOOK_SECRET"] = GatewayInProcess.secret;
  return new GatewayInProcess(
    createEngine({
      store,
      modules: new Map([...(await loadFunctions(FUNCTIONS_DIRECTORY)), ...others]),
      environment: processEnvironment(),
      log: { info: () => undefined, error: () => undefined },
    }),
  );
}
