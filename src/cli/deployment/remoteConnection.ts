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
export function remoteConnection(url: string, adminKey: string): Connection {
  const call = async (path: string, args: object): Promise<unknown> => {
    const answer = await ask(url, adminKey, { path, args, format: "json" });
    if (answer.status === "success") {
      return answer.value;
    }
    const { errorData, errorMessage, message } = answer;
    const text = errorData?.message ?? errorMessage ?? message ?? "it failed without a reason";
    throw new FunctionFailedError(text, errorData?.code ?? null);
  };
  return {
    name: url,
    isShared: true,
    call,
    query: async (name, args) => (await call(name, args)) as never,
    fileFindings: () => [],
    close: async () => undefined,
  };
}

async function ask(url: string, adminKey: string, body: object): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(new URL("/api/function", url), {
      method: "POST",
      headers: { authorization: `Convex ${adminKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch (error) {
    const reason = ((error as Error).cause as Error | undefined)?.message ?? String(error);
    throw new UnreachableError(`${url} does not answer: ${reason}`, { cause: error });
  }
  const answer = (await response.json().catch(() => ({}))) as Answer;
  if (response.status === 403) {
    throw new UnreachableError(`${url} does not know this admin key: check --admin-key`);
  }
  // 500 is a function that was reached and met something that it cannot read.
  if (!response.ok && response.status !== 500 && answer.status === undefined) {
    throw new UnreachableError(
      `${url} answers ${response.status}: ${answer.message ?? "no reason"}`,
    );
  }
  return answer;
}
