import { MAX_SYNC_MESSAGE_BYTES } from "../../engine/limits.ts";
import type { SyncSession } from "../../engine/sync/SyncSession.ts";
import type { SyncSessions } from "../../engine/sync/SyncSessions.ts";
import type { SyncTransport } from "../../engine/sync/SyncTransport.ts";
import { workerTimer } from "./ports.ts";

/** `/api/sync`, or with the client's version: `/api/1.48.0/sync`. */
const SYNC_PATH = /^\/api\/(?:([^/?]+)\/)?sync$/;

/** The codes of RFC 6455 and of its registry. */
const CLOSE_UNSUPPORTED_DATA = 1003;
const CLOSE_TOO_LARGE = 1009;
const CLOSE_SERVICE_RESTART = 1012;
const CLOSE_TRY_AGAIN = 1013;

/**
 * Carries Convex's sync protocol over an object's WebSockets.
 *
 * Sessions live in the object's memory, and their pings keep it there. A socket that outlived its session,
 * since the object was put to sleep or replaced, is closed with 1012 as soon as the object wakes: clients
 * come back by themselves, ask again for their queries, and send again the mutations that got no answer,
 * which run once.
 *
 * Not bounded: how much the runtime holds for a client that reads slowly. It tells nobody.
 */
export class SyncSockets {
  readonly #state: ObjectState;
  readonly #sessions: SyncSessions;
  readonly #bySocket = new Map<ObjectSocket, SyncSession>();

  constructor(state: ObjectState, sessions: SyncSessions) {
    this.#state = state;
    this.#sessions = sessions;
    for (const socket of state.getWebSockets()) {
      socket.close(CLOSE_SERVICE_RESTART, "ServiceRestart");
    }
  }

  /** Turns a request into a connection. @returns null for every request that asks for none */
  connect(request: Request): Response | null {
    const path = SYNC_PATH.exec(new URL(request.url).pathname);
    if (path === null || request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return null;
    }
    const { 0: client, 1: socket } = new WebSocketPair();
    this.#state.acceptWebSocket(socket);
    const session = this.#sessions.connect(transportOf(socket), path[1] ?? null);
    if (session === null) {
      socket.close(CLOSE_TRY_AGAIN, "TooManyConcurrentRequests");
    } else {
      this.#bySocket.set(socket, session);
    }
    return new Response(null, { status: 101, webSocket: client } as ResponseInit);
  }

  received(socket: ObjectSocket, message: string | ArrayBuffer): void {
    const session = this.#bySocket.get(socket);
    if (session === undefined) {
      socket.close(CLOSE_SERVICE_RESTART, "ServiceRestart");
    } else if (typeof message !== "string") {
      session.end(CLOSE_UNSUPPORTED_DATA, "InternalServerError");
    } else if (message.length > MAX_SYNC_MESSAGE_BYTES) {
      session.end(CLOSE_TOO_LARGE, "");
    } else {
      session.receive(message);
    }
  }

  closed(socket: ObjectSocket): void {
    this.#bySocket.get(socket)?.end(null, "");
    this.#bySocket.delete(socket);
  }
}

function transportOf(socket: ObjectSocket): SyncTransport {
  return {
    send: (text, onSent) => {
      socket.send(text);
      workerTimer.nextTurn(onSent);
    },
    close: (code, reason) => {
      if (code === null) {
        socket.close();
      } else {
        socket.close(code, reason);
      }
    },
  };
}
