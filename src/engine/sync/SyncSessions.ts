import type { Engine } from "../Engine.ts";
import { MAX_SYNC_SESSIONS } from "../limits.ts";
import type { Clock, Log, Random, Timer } from "../ports.ts";
import { SyncSession } from "./SyncSession.ts";
import type { SyncTransport } from "./SyncTransport.ts";
import { TextHash } from "./TextHash.ts";

export interface SyncSessionsOptions {
  engine: Engine;
  clock: Clock;
  timer: Timer;
  random: Random;
  log: Log;
}

/** WebSocket close code: the server goes away. */
const CLOSE_GOING_AWAY = 1001;

/** All clients that are connected by Convex's sync protocol (`ConvexClient`, `ConvexReactClient`, CLI). */
export class SyncSessions {
  readonly #options: SyncSessionsOptions;
  readonly #hash: TextHash;
  readonly #sessions = new Set<SyncSession>();

  constructor(options: SyncSessionsOptions) {
    this.#options = options;
    this.#hash = new TextHash(options.random);
  }

  /**
   * Begins a session on a new connection: its owner passes on every frame and calls `end` when the
   * connection is gone.
   *
   * @param clientVersion of the npm package, as the path of the connection names it, or null
   * @param source the client's address, for counting wrong keys
   * @returns null when {@link MAX_SYNC_SESSIONS} are connected
   */
  connect(transport: SyncTransport, clientVersion: string | null, source = ""): SyncSession | null {
    if (this.#sessions.size >= MAX_SYNC_SESSIONS) {
      return null;
    }
    const session: SyncSession = new SyncSession({
      ...this.#options,
      transport,
      source,
      hash: this.#hash,
      supportsChunks: knowsChunks(clientVersion),
      onEnd: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return session;
  }

  /** How many are connected. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Ends all sessions; clients come back by themselves when there is a server again. */
  close(): void {
    for (const session of this.#sessions) {
      session.end(CLOSE_GOING_AWAY, "");
    }
  }
}

/** Convex: since version 1.28 of the npm package. Clients in other languages are below 1. */
function knowsChunks(clientVersion: string | null): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(clientVersion ?? "") ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 28);
}
