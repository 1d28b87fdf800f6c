import { currentAdminKey } from "./adminKey.ts";

/** How a function ended that was run by hand. */
export interface RunResult {
  isSuccess: boolean;
  /** Convex's JSON of the value, or of the error's data; undefined for an error without. */
  value: unknown;
  /** Null after a success. */
  error: string | null;
  logLines: string[];
  durationMs: number;
}

export interface RunOptions {
  /** Subject and issuer of the user to act as. */
  actingAs?: { subject: string; issuer: string };
  /** Why, for the record of what operators did. */
  reason?: string;
}

/**
 * Runs any function with the admin key, as `npx convex run` does. Does not throw: that the gateway is away
 * or refuses is a result too.
 *
 * @param args Convex's JSON
 */
export async function runFunction(
  path: string,
  args: Record<string, unknown>,
  { actingAs, reason }: RunOptions = {},
): Promise<RunResult> {
  const startMs = performance.now();
  const finished = (outcome: Partial<RunResult>): RunResult => ({
    ...{ isSuccess: false, value: undefined, error: null, logLines: [] },
    ...{ durationMs: performance.now() - startMs },
    ...outcome,
  });
  try {
    const response = await fetch("/api/function", {
      method: "POST",
      headers: {
        authorization: `Convex ${currentAdminKey()}${actingAs === undefined ? "" : `:${base64(actingAs)}`}`,
        "content-type": "application/json",
        ...(reason && { "operator-reason": encodeURIComponent(reason) }),
      },
      body: JSON.stringify({ path, args, format: "convex_encoded_json" }),
    });
    const answer = (await response.json()) as Answer;
    return answer.status === "success"
      ? finished({ isSuccess: true, value: answer.value, logLines: answer.logLines ?? [] })
      : finished({
          value: answer.errorData,
          error: messageOf(answer, response.status),
          logLines: answer.logLines ?? [],
        });
  } catch {
    return finished({
      error: "The gateway does not answer. Nothing is known of what became of it.",
    });
  }
}

interface Answer {
  status?: "success" | "error";
  value?: unknown;
  errorMessage?: string;
  errorData?: unknown;
  message?: string;
  logLines?: string[];
}

/** What a refusal says for people; its code is in the value. */
function messageOf({ errorData, errorMessage, message }: Answer, status: number): string {
  const refusal = errorData as { code?: string; message?: string } | undefined;
  return refusal?.message === undefined
    ? (errorMessage ?? message ?? `The gateway answered ${status}.`)
    : `${refusal.message} (${refusal.code})`;
}

function base64(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes));
}
