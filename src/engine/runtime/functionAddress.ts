import { isSystemModule } from "../admin/isSystemModule.ts";
import { EngineError } from "../errors.ts";
import { type FunctionPath, parseFunctionPath, strippedPath } from "../functions/functionPath.ts";

const HANDLE_PREFIX = "function://;";

/** How functions name each other in syscalls: by path, or by a handle made by {@link functionHandle}. */
export interface FunctionAddress {
  name?: string;
  functionHandle?: string;
  reference?: string;
}

/**
 * System functions are for admins, not for functions: to these they do not exist.
 *
 * @throws EngineError ComponentsUnsupported, FunctionNotFound; RequestError BadConvexFunctionIdentifier
 */
export function parseFunctionAddress(address: FunctionAddress): FunctionPath {
  const path = parseFunctionPath(nameOf(address));
  if (isSystemModule(path.module)) {
    throw new EngineError(
      "FunctionNotFound",
      `Could not find function for '${strippedPath(path)}'. Did you forget to run \`npx convex dev\`?`,
    );
  }
  return path;
}

function nameOf(address: FunctionAddress): string {
  if (address.name !== undefined) {
    return address.name;
  }
  if (address.functionHandle?.startsWith(HANDLE_PREFIX)) {
    return address.functionHandle.slice(HANDLE_PREFIX.length);
  }
  throw new EngineError("ComponentsUnsupported", "Components are not available on this host.");
}

/** The text of `createFunctionHandle`: stable over restarts, names the function by its path. */
export function functionHandle(path: string): string {
  return `${HANDLE_PREFIX}${path}`;
}
