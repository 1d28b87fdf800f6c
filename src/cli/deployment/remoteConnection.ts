import type { AdminKeyInfo } from "../../hosts/node/localDeployment.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import { ask } from "./ask.ts";
import type { Connection } from "./Connection.ts";
import type { Caller } from "./connect.ts";
import { operatorActionsOf } from "./operatorActionsOf.ts";
import { type RemotePlace, remoteHeaders } from "./remoteHeaders.ts";
import { runningDeployment } from "./runningDeployment.ts";

/** What a gateway of ours answers when it is asked for its name. */
const INSTANCE_NAME = "tollgate";

/** A deployment that runs, by its address and admin key. Nothing is asked of it before the first call. */
export function remoteConnection(
  place: RemotePlace,
  { reason, actingAs }: Caller = { reason: null, actingAs: null },
): Connection {
  const { url, adminKey } = place;
  const headers = {
    ...remoteHeaders(place),
    "content-type": "application/json",
    ...(reason !== null && { "operator-reason": encodeURIComponent(reason) }),
  };
  const asUser =
    actingAs === null
      ? headers
      : { ...headers, authorization: `Convex ${adminKey}:${base64(actingAs)}` };
  const keysOf = async (verb: string, body?: object): Promise<Record<string, unknown>> => {
    await requireTollgate(url, "Admin keys");
    const answer = await ask(url, `/api/v1/${verb}`, headers, body);
    if (answer.code !== undefined) {
      throw new FunctionFailedError(answer.message ?? answer.code, answer.code);
    }
    return answer as Record<string, unknown>;
  };
  const call = async (path: string, args: object): Promise<unknown> => {
    const answer = await ask(url, "/api/function", asUser, { path, args, format: "json" });
    if (answer.status === "success") {
      return answer.value;
    }
    const { errorData, errorMessage, message, code } = answer;
    const text = errorData?.message ?? errorMessage ?? message ?? "it failed without a reason";
    throw new FunctionFailedError(text, errorData?.code ?? code ?? null);
  };
  return {
    name: url,
    running: runningDeployment({ place, actingAs, call }),
    call,
    query: async (name, args) => (await call(name, args)) as never,
    keys: {
      list: async () => (await keysOf("list_admin_keys"))["keys"] as AdminKeyInfo[],
      create: async (name, role) =>
        String((await keysOf("create_admin_key", { name, role }))["key"]),
      rotate: async (name, overlapSeconds) =>
        String((await keysOf("rotate_admin_key", { name, overlapSeconds }))["key"]),
      revoke: async (name) => void (await keysOf("revoke_admin_key", { name })),
    },
    operatorActions: async (limit) => {
      await requireTollgate(url, "The record of what operators do");
      return await operatorActionsOf(call, limit);
    },
    fileFindings: () => [],
    close: async () => undefined,
  };
}

/** @throws FunctionFailedError `not_on_convex` */
async function requireTollgate(url: string, what: string): Promise<void> {
  const response = await fetch(new URL("/instance_name", url)).catch(() => null);
  // Whoever does not answer is told so by the question itself.
  if (response !== null && (await response.text()) !== INSTANCE_NAME) {
    throw new FunctionFailedError(
      `${what}: not at ${url}, which is no gateway of Tollgate's. On Convex, see its dashboard`,
      "not_on_convex",
    );
  }
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64");
}
