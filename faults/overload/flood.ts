import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Flood {
  /** Requests that went out. */
  readonly offered: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers with 503 that did not say when to try again. */
  readonly withoutRetryAfter: number;
}

/** Kept of an answer's beginning that is not whole yet; longer than any status line with Retry-After. */
const KEPT_CHARACTERS = 2_000;

/** How often a connection looks whether it is to send. */
const PACE_MS = 10;

export interface FloodOptions {
  readonly url: string;
  /** Whole requests, which are sent over and over. */
  readonly requests: readonly Uint8Array[];
  readonly connections: number;
  readonly durationMs: number;
  /**
   * Null: each connection waits for an answer before it sends again. Otherwise all send without listening, this
   * many a second together, which nobody does who means well.
   */
  readonly perSecond: number | null;
}

/** Sends requests on many connections. */
export async function flood({
  url,
  requests,
  connections,
  durationMs,
  perSecond,
}: FloodOptions): Promise<Flood> {
  let sent = 0;
  const next = () => requests[sent++ % requests.length] as Uint8Array;
  const startedAtMs = performance.now();
  const endsAtMs = startedAtMs + durationMs;
  const waits = perSecond === null;
  const isDue = (): boolean =>
    tally.offered < ((perSecond ?? 0) * (performance.now() - startedAtMs)) / 1_000;
  const statuses = new Map<number, number>();
  const tally = { offered: 0, withoutRetryAfter: 0 };
  const count = (text: string): number => {
    const answers = text.split("HTTP/1.1 ").slice(1);
    for (const answer of answers) {
      const status = Number(answer.slice(0, 3));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      tally.withoutRetryAfter += Number(status === 503 && !/retry-after/i.test(answer));
    }
    return answers.length;
  };
  const one = async (): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname);
      socket.on("error", () => undefined);
      const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      speak(socket, { next, waits, isDue, count, tally, endsAtMs });
      await Promise.race([ended, delay(endsAtMs - performance.now())]);
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { ...tally, statuses };
}

function speak(
  socket: Socket,
  {
    next,
    waits,
    isDue,
    count,
    tally,
    endsAtMs,
  }: {
    next: () => Uint8Array;
    waits: boolean;
    isDue: () => boolean;
    count: (text: string) => number;
    tally: { offered: number };
    endsAtMs: number;
  },
): void {
  const say = (): boolean => {
    tally.offered++;
    return socket.write(next());
  };
  const sayAll = (): void => {
    while (!socket.destroyed && performance.now() < endsAtMs && isDue()) {
      if (!say()) {
        return;
      }
    }
    if (!socket.destroyed && performance.now() < endsAtMs) {
      setTimeout(sayAll, PACE_MS);
    }
  };
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    // What is behind the last answer's begin is counted with the next chunk.
    const whole = text.lastIndexOf("HTTP/1.1 ");
    const isEnd = text.endsWith("}") || text.endsWith("\n");
    const counted = isEnd ? text : text.slice(0, whole);
    text = isEnd ? "" : text.slice(whole).slice(-KEPT_CHARACTERS);
    if (count(counted) > 0 && waits && performance.now() < endsAtMs) {
      say();
    }
  });
  if (waits) {
    say();
  } else {
    socket.on("drain", sayAll);
    sayAll();
  }
}
