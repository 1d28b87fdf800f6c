import { join } from "node:path";

/**
 * For the environment of Node processes that tests start and that do not keep by themselves what they
 * compile, as gateways do: the first one that ends in order does it for those after it.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/compiled"),
};
