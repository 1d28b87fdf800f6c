import type { AdminKeyInfo } from "../../hosts/node/localDeployment.ts";
import { FunctionFailedError } from "../../internal/audit/deployment.ts";
import { type Connection, UnreachableError } from "./Connection.ts";

/** The answer of the function API; see https://docs.convex.dev/http-api. */
interface Answer {
  status?: "success" | "error";
  value?: unknown;
  errorMessage?: string;
  errorData?: { code?: string; message?: string };
  code?: string;
  message?: string;
}

/** A deployment that runs, by its address and admin key. Nothing is asked of it before the first call. */
export function remoteConnection(
  url: string,
  adminKey: string,
  reason: string | null = null,
): Connection {
  const headers = {
    authorization: `Convex ${adminKey}`,
    "content-type": "application/json",
    ...(reason !== null && { "operator-reason": encodeURIComponent(reason) }),
  };
  const keysOf = async (verb: string, body?: object): Promise<Record<string, unknown>> => {
    const answer = await ask(url, `/api/v1/${verb}`, headers, body);
    if (answer.code !== undefined) {
      throw new FunctionFailedError(answer.message ?? answer.code, answer.code);
    }
    return answer as Record<string, unknown>;
  };
  const call = async (path: string, args: object): Promise<unknown> => {
    const answer = await ask(url, "/api/function", headers, { path, args, format: "json" });
    if (answer.status === "success") {
      return answer.value;
    }
    const { errorData, errorMessage, message, code } = answer;
    const text = errorData?.message ?? errorMessage ?? message ?? "it failed without a reason";
    throw new FunctionFailedError(text, errorData?.code ?? code ?? null);
  };
  return {
    name: url,
    isShared: true,
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
    fileFindings: () => [],
    close: async () => undefined,
  };
}

async function ask(
  url: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      headers,
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
  } catch (error) {
    const reason = ((error as Error).cause as Error | undefined)?.message ?? String(error);
    throw new UnreachableError(`${url} does not answer: ${reason}`, { cause: error });
  }
  const answer = (await response.json().catch(() => ({}))) as Answer;
  if (answer.code === "BadAdminKey" || answer.code === "BadDeployKey") {
    throw new UnreachableError(
      `${url} does not know this admin key: check TOLLGATE_ADMIN_KEY, or --admin-key`,
    );
  }
  // 500 is a function that was reached and met something that it cannot read.
  const isAnswer = response.ok || response.status === 500 || answer.status !== undefined;
  if (!isAnswer && (answer.code === undefined || response.status > 500)) {
    throw new UnreachableError(
      `${url} answers ${response.status}: ${answer.message ?? "no reason"}`,
    );
  }
  return answer;
}
