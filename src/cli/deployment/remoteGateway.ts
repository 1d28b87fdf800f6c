import type { RemoteGateway } from "../../hosts/node/snapshot/RemoteGateway.ts";
import { UnreachableError } from "./Connection.ts";
import { type RemotePlace, remoteHeaders } from "./remoteHeaders.ts";

/** A gateway by its address, asked with a key; its failures are {@link UnreachableError}s. */
export function remoteGateway(place: RemotePlace): RemoteGateway {
  const { url } = place;
  const unreachable = (why: string): Error => new UnreachableError(`${url} ${why}`);
  return {
    name: url,
    unreachable,
    ask: async (path, body) => {
      let response: Response;
      try {
        response = await fetch(new URL(path, url), {
          method: "POST",
          headers: { ...remoteHeaders(place), "content-type": "application/json" },
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
