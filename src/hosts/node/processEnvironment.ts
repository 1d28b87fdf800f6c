import type { Environment } from "../../engine/ports.ts";

/** Node reads these at any time, so setting one would change the host; Convex sets its own. */
const OF_THE_HOST = /^(?:NODE_|CONVEX_|TOLLGATE_|UV_|TZ$)/;

/**
 * This process's environment as functions see it. Whoever started the process decides: what it brought
 * with it is reserved, and so are names that would change the host itself. So an admin key changes
 * neither the secret that deliveries are verified with nor how connections are.
 *
 * @param reserved further names that only the process may set
 */
export function processEnvironment(reserved?: RegExp): Environment {
  const brought = new Set(Object.keys(process.env));
  return {
    get: (name) => process.env[name],
    isReserved: (name) =>
      brought.has(name) || OF_THE_HOST.test(name) || reserved?.test(name) === true,
    set: (name, value) => {
      if (value === null) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    },
  };
}
