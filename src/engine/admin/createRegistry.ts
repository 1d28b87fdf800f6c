import { FunctionRegistry, type Modules } from "../functions/FunctionRegistry.ts";
import type { HttpRoute } from "../functions/httpRouter.ts";
import type { Environment } from "../ports.ts";
import { createSystemFunctions } from "./systemFunctions.ts";

/** The functions of a folder together with the system functions, which tell of them. */
export function createRegistry(
  modules: Modules,
  httpRoutes: readonly HttpRoute[],
  environment: Environment,
): FunctionRegistry {
  const systemFunctions = createSystemFunctions({
    modules,
    registry: () => registry,
    httpRoutes,
    environment,
  });
  const registry = new FunctionRegistry(new Map([...modules, ...systemFunctions]));
  return registry;
}
