import type { Engine } from "../engine/Engine.ts";
import type { IsAdminKey } from "../engine/http/authorization.ts";
import { createConvexHttpApi } from "../engine/http/convexHttpApi.ts";
import { httpActionIdentity } from "../engine/http/httpActionIdentity.ts";
import type { Clock, Log, Random, Timer } from "../engine/ports.ts";
import { SyncSessions } from "../engine/sync/SyncSessions.ts";
import { answerForHost } from "./answerForHost.ts";

/** All ways to ask an engine from outside, the same on every host. */
export interface Doors {
  /** Answers with Convex's HTTP API, else the functions' HTTP actions, else what the host says of itself. */
  fetch(request: Request): Promise<Response>;
  /** Clients of the sync protocol; the host carries their frames. */
  readonly sessions: SyncSessions;
}

export interface DoorsOptions {
  isAdminKey: IsAdminKey;
  clock: Clock;
  timer: Timer;
  random: Random;
  log: Log;
}

/** HTTP actions also stand under this prefix, as on a Convex deployment's API port. */
const HTTP_PREFIX = "/http/";

export function openDoors(engine: Engine, options: DoorsOptions): Doors {
  const { isAdminKey } = options;
  const api = createConvexHttpApi({ engine, ...options });
  return {
    sessions: new SyncSessions({ engine, ...options }),
    fetch: async (request) =>
      (await api(request)) ??
      (await answerForHost(
        engine,
        request,
        await engine.handleHttp(
          withoutPrefix(request),
          await httpActionIdentity(request, engine, isAdminKey),
        ),
      )),
  };
}

function withoutPrefix(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith(HTTP_PREFIX)) {
    return request;
  }
  url.pathname = url.pathname.slice(HTTP_PREFIX.length - 1);
  return new Request(url, request);
}
