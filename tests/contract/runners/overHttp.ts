import { TEST_ADMIN_KEY } from "../../support/gatewayProcess.ts";
import type { Place } from "../Place.ts";

/** What a place at an address does over HTTP. @param headers sent with every call of a function. @param url asked each time: a restart may move it */
export function overHttp(
  url: () => string,
  headers: Record<string, string> = {},
): Pick<Place, "fetch" | "run" | "syncUrl"> {
  return {
    fetch: (path, init) => fetch(`${url()}${path}`, init),
    run: async (path, args = {}) => {
      const response = await fetch(`${url()}/api/function`, {
        method: "POST",
        headers: { authorization: `Convex ${TEST_ADMIN_KEY}`, ...headers },
        body: JSON.stringify({ path, args }),
      });
      const result = (await response.json()) as Record<string, unknown>;
      if (result["status"] !== "success") {
        throw new Error(JSON.stringify(result));
      }
      return result["value"];
    },
    syncUrl: () => `${url().replace("http", "ws")}/api/1.48.0/sync`,
  };
}
