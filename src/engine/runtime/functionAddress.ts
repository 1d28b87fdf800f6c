import { EngineError } from "../errors.ts";
import { type FunctionPath, parseFunctionPath } from "../functions/functionPath.ts";

const HANDLE_PREFIX = "function://;";

/** How functions name each other in syscalls: by path, or by a handle made by {@link functionHandle}. */
export interface FunctionAddress {
  name?: string;
  functionHandle?: string;
  reference?: string;
}

/** @throws EngineError ComponentsUnsupported; RequestError BadConvexFunctionIdentifier */
export function parseFunctionAddress(address: FunctionAddress): FunctionPath {
  if (address.name !== undefined) {
    return parseFunctionPath(address.name);
  }
  if (address.functionHandle?.startsWith(HANDLE_PREFIX)) {
    return parseFunctionPath(address.functionHandle.slice(HANDLE_PREFIX.length));
  }
  throw new EngineError("ComponentsUnsupported", "Components are not available on this host.");
}

/** The text of `createFunctionHandle`: stable over restarts, names the function by its path. */
export function functionHandle(path: string): string {
  return `${HANDLE_PREFIX}${path}`;
}
