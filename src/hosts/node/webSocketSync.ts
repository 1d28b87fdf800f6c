import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { MAX_SYNC_MESSAGE_BYTES } from "../../engine/limits.ts";
import type { SyncSessions } from "../../engine/sync/SyncSessions.ts";
import type { SyncTransport } from "../../engine/sync/SyncTransport.ts";
import { clientSource } from "./clientSource.ts";
import type { UpgradeHandler } from "./httpServer.ts";

/** `/api/sync`, or with the client's version: `/api/1.48.0/sync`. */
const SYNC_PATH = /^\/api\/(?:([^/?]+)\/)?sync(?:\?|$)/;

/** A peer is asked for a sign of life this often, and dropped when it gave none for so long. */
const PING_INTERVAL_MS = 30_000;
const SILENCE_LIMIT_MS = 120_000;
/** How long a peer may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The codes of RFC 6455 for what a peer did wrong. */
const CLOSE_UNSUPPORTED_DATA = 1003;
const CLOSE_TRY_AGAIN = 1013;

/**
 * Carries Convex's sync protocol over WebSockets (RFC 6455, without extensions). Any origin may connect:
 * credentials are explicit messages, never cookies. Frames are bounded by {@link MAX_SYNC_MESSAGE_BYTES}.
 */
export function webSocketSync(sessions: SyncSessions): UpgradeHandler {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_SYNC_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const lastHeardMs = new WeakMap<WebSocket, number>();
  const pings = setInterval(() => {
    for (const socket of server.clients) {
      if (Date.now() - (lastHeardMs.get(socket) ?? 0) > SILENCE_LIMIT_MS) {
        socket.terminate();
      } else {
        socket.ping();
      }
    }
  }, PING_INTERVAL_MS);
  pings.unref();
  return {
    accepts: ({ url = "" }) => SYNC_PATH.test(url),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const heard = () => lastHeardMs.set(webSocket, Date.now());
        heard();
        webSocket.on("pong", heard);
        webSocket.on("message", heard);
        const version = SYNC_PATH.exec(request.url ?? "")?.[1] ?? null;
        connect(sessions, webSocket, version, clientSource(request));
      }),
    close: async () => {
      clearInterval(pings);
      sessions.close();
      await Promise.all([...server.clients].map(closed));
    },
  };
}

function connect(
  sessions: SyncSessions,
  socket: WebSocket,
  version: string | null,
  source: string,
): void {
  // An error is always followed by "close"; what was wrong with a peer's frames is the peer's affair.
  socket.on("error", () => undefined);
  const session = sessions.connect(transportOf(socket), version, source);
  if (session === null) {
    socket.close(CLOSE_TRY_AGAIN, "TooManyConcurrentRequests");
    return;
  }
  socket.on("message", (data: RawData, isBinary: boolean) => {
    if (isBinary) {
      session.end(CLOSE_UNSUPPORTED_DATA, "InternalServerError");
    } else {
      session.receive(data.toString());
    }
  });
  socket.on("close", () => session.end(null, ""));
}

function transportOf(socket: WebSocket): SyncTransport {
  return {
    send: (text, onSent) => socket.send(text, () => onSent()),
    close: (code, reason) => {
      if (code === null) {
        socket.close();
      } else {
        socket.close(code, reason);
      }
    },
  };
}

function closed(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS);
    socket.once("close", () => {
      clearTimeout(timeout);
      resolve();
    });
  });
}
