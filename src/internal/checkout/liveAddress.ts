import { env } from "../env.ts";

/**
 * Where a browser subscribes to live queries: at the deployment's own address, `CONVEX_CLOUD_URL`, which the host
 * sets; null where it does not.
 */
export function liveAddress(): string | null {
  const own = URL.parse(env["CONVEX_CLOUD_URL"] ?? "");
  if (own === null) {
    return null;
  }
  return `${own.protocol === "https:" ? "wss:" : "ws:"}//${own.host}/api/sync`;
}
