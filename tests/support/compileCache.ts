import { join } from "node:path";

/**
 * For the environment of a Node process that a test starts: most of its start is compiling the same
 * modules, and the first one that ends in order does it for those after it.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/compiled"),
};
