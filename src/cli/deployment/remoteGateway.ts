import type { RemoteGateway } from "../../hosts/node/snapshot/RemoteGateway.ts";
import { UnreachableError } from "./Connection.ts";

/** A gateway by its address, asked with a key; its failures are {@link UnreachableError}s. */
export function remoteGateway(url: string, key: string): RemoteGateway {
  const unreachable = (why: string): Error => new UnreachableError(`${url} ${why}`);
  return {
    name: url,
    unreachable,
    ask: async (path, body) => {
      let response: Response;
      try {
        response = await fetch(new URL(path, url), {
          method: "POST",
          headers: { authorization: `Convex ${key}`, "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      } catch (error) {
        throw unreachable(`does not answer: ${(error as Error).message}`);
      }
      const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
      return { status: response.status, answer };
    },
  };
}
