import type { Engine } from "../engine/Engine.ts";
import { RequestError } from "../engine/errors.ts";
import { createConvexHttpApi } from "../engine/http/convexHttpApi.ts";
import { httpActionIdentity } from "../engine/http/httpActionIdentity.ts";
import type { Clock, Log, Random, Timer } from "../engine/ports.ts";
import { SyncSessions } from "../engine/sync/SyncSessions.ts";
import { answerForHost } from "./answerForHost.ts";

/** All ways to ask an engine from outside, the same on every host. */
export interface Doors {
  /**
   * Answers with Convex's HTTP API, else the functions' HTTP actions, else what the host says of itself.
   *
   * @param source the client's address, for counting wrong keys
   */
  fetch(request: Request, source: string): Promise<Response>;
  /** Clients of the sync protocol; the host carries their frames. */
  readonly sessions: SyncSessions;
}

export interface DoorsOptions {
  clock: Clock;
  timer: Timer;
  random: Random;
  log: Log;
}

/** HTTP actions also stand under this prefix, as on a Convex deployment's API port. */
const HTTP_PREFIX = "/http/";

export function openDoors(engine: Engine, options: DoorsOptions): Doors {
  const api = createConvexHttpApi({ engine, ...options });
  return {
    sessions: new SyncSessions({ engine, ...options }),
    fetch: async (request, source) =>
      (await api(request, source)) ??
      (await answerForHost(engine, request, await answerByFunctions(engine, request, source))),
  };
}

async function answerByFunctions(
  engine: Engine,
  request: Request,
  source: string,
): Promise<Response> {
  try {
    const identity = await httpActionIdentity(request, engine, source);
    return await engine.handleHttp(withoutPrefix(request), identity);
  } catch (error) {
    if (error instanceof RequestError) {
      const { code, message, status } = error;
      return Response.json({ code, message }, { status });
    }
    throw error;
  }
}

function withoutPrefix(request: Request): Request {
  if (!request.url.includes(HTTP_PREFIX)) {
    return request;
  }
  const url = new URL(request.url);
  if (!url.pathname.startsWith(HTTP_PREFIX)) {
    return request;
  }
  url.pathname = url.pathname.slice(HTTP_PREFIX.length - 1);
  return new Request(url, request);
}
