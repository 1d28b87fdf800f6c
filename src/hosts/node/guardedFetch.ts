import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Log } from "../../engine/ports.ts";
import { discardBody } from "./discardBody.ts";
import type { HttpLimits } from "./httpLimits.ts";
import type { RequestSlots } from "./RequestSlots.ts";
import { writeResponse } from "./writeResponse.ts";

/** Answers a request; `env` holds Node's own two objects for it. */
export type Fetch = (request: Request, env: HttpBindings) => Response | Promise<Response>;

/**
 * Wraps `fetch` so that whatever it does, the client sees an answer or a cut connection and never an
 * error's text:
 * - an address that is none, as `Host` may make it: 400; `fetch` is not called;
 * - too many headers: 431; `fetch` is not called;
 * - a throw or a rejection: 500 with a constant text, one log line with the error's class, code and place
 *   but without its message, which may quote the payload;
 * - the same while the request itself was cut off: 400, not logged, since that is the client's doing;
 * - an answer whose body fails on the way: the connection is cut, so that half an answer never looks
 *   whole, and logged likewise;
 * - a body that `fetch` did not read to its end: see {@link discardBody}.
 *
 * The returned function sends the answer itself and tells the adapter so. It never rejects.
 */
export function guardedFetch(
  fetch: Fetch,
  limits: HttpLimits,
  slots: RequestSlots,
  log: Log,
): (request: Request, env: HttpBindings) => Promise<Response> {
  const logFailure = (incoming: IncomingMessage, error: unknown) =>
    log.error("a request failed", { ...requestFields(incoming), ...errorFields(error) });
  const answer = async (request: Request, env: HttpBindings): Promise<Response> => {
    const { incoming } = env;
    if (incoming.rawHeaders.length > 2 * limits.maxHeaders) {
      return plain(431, "too many headers");
    }
    if (!URL.canParse(request.url)) {
      return plain(400, "the address is malformed");
    }
    try {
      return unread(await slots.run(incoming, () => fetch(request, env)));
    } catch (error) {
      if (incoming.destroyed && !incoming.complete) {
        return plain(400, "the request was cut off");
      }
      logFailure(incoming, error);
      return plain(500, "internal error");
    }
  };
  return async (request, env) => {
    const response = await answer(request, env);
    const { incoming, outgoing } = env;
    if (!incoming.readableEnded && !(await discardBody(incoming, limits))) {
      outgoing.shouldKeepAlive = false;
    }
    try {
      await writeResponse(response, outgoing);
    } catch (error) {
      logFailure(incoming, error);
      outgoing.destroy();
    }
    return RESPONSE_ALREADY_SENT;
  };
}

/** @throws TypeError for an answer that somebody has read already */
function unread(response: Response): Response {
  if (response.bodyUsed || response.body?.locked === true) {
    throw new TypeError("The answer was read already.");
  }
  return response;
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function requestFields({ method, url }: IncomingMessage): Record<string, string> {
  return { method: method ?? "", path: url?.split("?", 1)[0] ?? "" };
}

function errorFields(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) {
    return { error: typeof error };
  }
  const { code } = error as { code?: unknown };
  return {
    error: error.name,
    ...(typeof code === "string" ? { code } : {}),
    at: firstFrame(error),
  };
}

/** Where the error was made. The stack begins with the message, which must not show. */
function firstFrame({ stack = "", message }: Error): string {
  const start = stack.indexOf(message);
  const frames = start === -1 ? "" : stack.slice(start + message.length);
  return /^\s+at (.+)$/m.exec(frames)?.[1] ?? "unknown";
}
