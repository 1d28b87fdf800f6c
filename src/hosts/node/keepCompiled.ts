import { enableCompileCache } from "node:module";
import { join } from "node:path";

/** Where tools keep what they can make again: whoever may write here may change the code itself. */
const DIRECTORY = join(import.meta.dirname, "../../../node_modules/.cache/tollgate");

/**
 * Has Node keep what it compiles from here on, types removed, so that the next start need not do it again. Where the
 * directory cannot be written nothing is kept, and `NODE_COMPILE_CACHE` names another.
 */
export function keepCompiled(): void {
  enableCompileCache(DIRECTORY);
}
