import { FunctionRegistry } from "../functions/FunctionRegistry.ts";
import { createSystemFunctions, type SystemFunctionSources } from "./systemFunctions.ts";

/** The functions of a folder together with the system functions, which tell of them. */
export function createRegistry(sources: Omit<SystemFunctionSources, "registry">): FunctionRegistry {
  const systemFunctions = createSystemFunctions({ ...sources, registry: () => registry });
  const registry = new FunctionRegistry(new Map([...sources.modules, ...systemFunctions]));
  return registry;
}
