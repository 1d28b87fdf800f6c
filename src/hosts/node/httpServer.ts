import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import type { Log } from "../../engine/ports.ts";
import { type Fetch, guardedFetch } from "./guardedFetch.ts";
import { HttpConnections } from "./HttpConnections.ts";
import { HTTP_LIMITS, type HttpLimits } from "./httpLimits.ts";
import { RequestSlots } from "./RequestSlots.ts";
import { refuseRequest } from "./refuseRequest.ts";

export interface HttpServer {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** The port in use, also when any free one was asked for. */
  readonly port: number;
  /**
   * Stops accepting, closes idle connections at once, lets requests in flight finish up to
   * `drainTimeoutMs`, then cuts the rest. Resolves when nobody is connected; never rejects.
   */
  close(): Promise<void>;
}

/** Takes connections over that a client asks to turn into WebSockets. */
export interface UpgradeHandler {
  /** Whether there are WebSockets at the request's path; others are answered as ordinary requests. */
  accepts(request: IncomingMessage): boolean;
  /** Owns the connection from here on; the server's time limits no longer apply to it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says good-bye to all of them. Resolves when they are closed; must not take long, never rejects. */
  close(): Promise<void>;
}

/** Sees a request before `fetch`. Resolves with whether it has answered it; must not reject. */
export type RequestFilter = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
) => Promise<boolean>;

export interface HttpServerOptions {
  /** Address or name to listen on. */
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** The variable that an operator would change it with. */
  readonly portName?: string;
  readonly fetch: Fetch;
  readonly filter?: RequestFilter;
  readonly upgrades?: UpgradeHandler;
  readonly log: Log;
  readonly limits?: Partial<HttpLimits>;
}

/**
 * The address cannot be listened on: `address_in_use` (by another program), or `address_unusable`
 * (unknown, not of this machine, or not allowed). The message names the variables to change.
 */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code: "address_in_use" | "address_unusable";

  constructor(code: ListenError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Serves `fetch` over HTTP/1.1; resolves when connections are accepted.
 *
 * Guarantees: every quantity a client decides is bounded by {@link HttpLimits}, except the size of a
 * body: `fetch` reads bodies and bounds them. Requests beyond the bounds are answered with 503 and `retry-after`,
 * and a connection that sends them without waiting for answers is cut. What is not HTTP is answered with 400 and closed. A client
 * that leaves early, or anything `fetch` does, ends that request only; see {@link guardedFetch}.
 *
 * @throws ListenError
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { fetch, filter, log, host, upgrades } = options;
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const connections = new HttpConnections();
  const slots = new RequestSlots(limits);
  const guarded = guardedFetch(fetch, limits, slots, log);
  // The cast holds because the server below speaks HTTP/1.1 only.
  const listener = getRequestListener((request, env) => guarded(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });
  const server = boundedServer(limits, upgrades);
  server.on("connection", (socket) => connections.opened(socket));
  server.on("request", async (incoming, outgoing) => {
    const waiting = connections.requested(incoming, outgoing);
    if (slots.isFreeFor(incoming)) {
      const isAnswered =
        filter !== undefined && (await slots.run(incoming, () => filter(incoming, outgoing)));
      if (!isAnswered) {
        await listener(incoming, outgoing);
      }
    } else if (waiting === 1) {
      refuseRequest(incoming, outgoing, limits);
    } else {
      incoming.socket.destroy();
    }
  });
  if (upgrades !== undefined) {
    server.on("upgrade", (request, socket: Socket, head) => {
      // Node has taken its own listener away; a connection that breaks is closed in any case.
      socket.on("error", () => undefined);
      if (!upgrades.accepts(request) || connections.upgradedCount >= limits.maxUpgraded) {
        socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n");
        socket.destroySoon();
        return;
      }
      socket.setTimeout(0);
      connections.upgraded(socket);
      upgrades.upgrade(request, socket, head);
    });
  }
  const port = await listen(server, options);
  server.on("error", (error: NodeJS.ErrnoException) =>
    log.error("a connection could not be accepted", { code: error.code ?? error.name }),
  );
  let closing: Promise<void> | undefined;
  return {
    url: `http://${addressText(host, port)}`,
    port,
    close: () => {
      closing ??= close(server, connections, upgrades, limits.drainTimeoutMs);
      return closing;
    },
  };
}

function boundedServer(limits: HttpLimits, upgrades: UpgradeHandler | undefined): Server {
  const server = createServer({
    shouldUpgradeCallback: (request) =>
      request.headers.upgrade?.toLowerCase() === "websocket" && upgrades?.accepts(request) === true,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
  });
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.silenceTimeoutMs;
  return server;
}

function listen(server: Server, options: HttpServerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => reject(listenError(error, options));
    server.once("error", refused);
    server.listen(options.port, options.host, () => {
      server.off("error", refused);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(
  error: NodeJS.ErrnoException,
  { host, port, portName = "PORT" }: HttpServerOptions,
): ListenError {
  const address = addressText(host, port);
  return error.code === "EADDRINUSE"
    ? new ListenError(
        "address_in_use",
        `${address} is in use: stop the program that uses it, or set ${portName} to another port`,
        { cause: error },
      )
    : new ListenError(
        "address_unusable",
        `cannot listen on ${address} (${error.code ?? error.message}): change HOST or ${portName}`,
        { cause: error },
      );
}

function addressText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

async function close(
  server: Server,
  connections: HttpConnections,
  upgrades: UpgradeHandler | undefined,
  drainTimeoutMs: number,
): Promise<void> {
  // `server.close` calls it, and the one of Node cuts answers that are still being written.
  server.closeIdleConnections = () => connections.drain();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const deadline = setTimeout(() => connections.destroyAll(), drainTimeoutMs);
  await upgrades?.close();
  await closed;
  clearTimeout(deadline);
}
