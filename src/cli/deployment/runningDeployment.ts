import type { FunctionReference } from "convex/server";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import { ask, wrongKey } from "./ask.ts";
import type { Connection, LogEntry, Running } from "./Connection.ts";
import { type RemotePlace, remoteHeaders } from "./remoteHeaders.ts";

/** How often it is seen to that the key is still taken: a query that does not change tells nothing. */
const KEY_CHECK_MS = 2_000;

/** The part of the client that Convex's own dashboard uses, which its types leave out. */
interface AdminClient {
  setAdminAuth(key: string, actingAs?: object): void;
}

/** What a deployment that runs can do besides answering calls. */
export function runningDeployment({
  place,
  actingAs,
  call,
}: {
  place: RemotePlace;
  actingAs: object | null;
  call: Connection["call"];
}): Running {
  const { url, adminKey } = place;
  const headers = remoteHeaders(place);
  return {
    watch: async (path, args, onResult) => {
      if (place.place !== null) {
        throw new FunctionFailedError(
          "What goes on by itself is shown of the endpoint's own account only",
          "not_at_place",
        );
      }
      // Refusals of the key and of the arguments are those of every call.
      await call(path, args);
      // Read only where they are needed: they are long.
      const { ConvexClient } = await import("convex/browser");
      const { makeFunctionReference } = await import("convex/server");
      const client = new ConvexClient(url, { skipConvexDeploymentUrlCheck: true, logger: false });
      (client as unknown as AdminClient).setAdminAuth(adminKey, actingAs ?? undefined);
      let check: NodeJS.Timeout | undefined;
      try {
        return await new Promise<never>((_, reject) => {
          let done = Promise.resolve();
          client.onUpdate(
            makeFunctionReference(path) as FunctionReference<"query">,
            args as Record<string, never>,
            (result: unknown) => {
              // One after the other, as they came.
              done = done.then(() => onResult(result)).catch(reject);
            },
            ({ message }) => reject(new FunctionFailedError(message)),
          );
          check = setInterval(async () => {
            if (await isRefused(url, headers)) {
              reject(wrongKey(url));
            }
          }, KEY_CHECK_MS);
        });
      } finally {
        clearInterval(check);
        await client.close();
      }
    },
    logs: async (cursor) => {
      const page = await ask(url, `/api/stream_function_logs?cursor=${cursor}`, headers);
      if (page.code !== undefined) {
        throw new FunctionFailedError(page.message ?? page.code, page.code);
      }
      return page as { entries: LogEntry[]; newCursor: number };
    },
  };
}

async function isRefused(url: string, headers: Record<string, string>): Promise<boolean> {
  const response = await fetch(new URL("/api/check_admin_key", url), { headers }).catch(() => null);
  return response?.status === 401 || response?.status === 403;
}
