import { UnreachableError } from "./Connection.ts";

/** The answer of the function API; see https://docs.convex.dev/http-api. */
export interface Answer {
  status?: "success" | "error";
  value?: unknown;
  errorMessage?: string;
  errorData?: { code?: string; message?: string };
  code?: string;
  message?: string;
}

/**
 * Asks a deployment that runs: with a body by POST.
 *
 * @throws UnreachableError when it does not answer, does not know the admin key, or knows no such door
 */
export async function ask(
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
    throw wrongKey(url);
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

export function wrongKey(url: string): UnreachableError {
  return new UnreachableError(
    `${url} does not know this admin key: check TOLLGATE_ADMIN_KEY, or --admin-key`,
  );
}
