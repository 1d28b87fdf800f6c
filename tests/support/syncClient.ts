import { randomUUID } from "node:crypto";
import type { Engine } from "../../src/engine/Engine.ts";
import { SyncSessions } from "../../src/engine/sync/SyncSessions.ts";
import { systemClock, systemRandom, systemTimer } from "../../src/hosts/node/systemPorts.ts";
import { type ManualTime, settle } from "./manualTime.ts";
import { silentLog } from "./testEngine.ts";

export const SYNC_ADMIN_KEY = "sync_admin_key_0123456789";

type Message = Record<string, unknown> & { type: string };

/** A client that speaks the sync protocol by hand, on a connection in this process. */
export interface SyncClient {
  /** What the server said and {@link SyncClient.said} has not given back yet. */
  said(): Promise<Message[]>;
  send(message: object | string): void;
  connect(fields?: object): void;
  add(queryId: number, udfPath: string, args?: object): void;
  mutate(requestId: number, udfPath: string, args?: object): void;
  /** How the server closed the connection; null while it is open. */
  closed(): { code: number | null; reason: string } | null;
  /** From now on frames are not taken off the connection, until it is called with false. */
  stall(isStalled: boolean): void;
}

export function syncClient(
  engine: Engine,
  {
    time = { clock: systemClock, timer: systemTimer },
  }: { time?: Pick<ManualTime, "clock" | "timer"> } = {},
): SyncClient {
  engine.adminKeys.give({ name: "test", key: SYNC_ADMIN_KEY, replace: null });
  const sessions = new SyncSessions({
    ...{ engine, ...time },
    random: systemRandom,
    log: silentLog,
  });
  const sessionId = randomUUID();
  let messages: Message[] = [];
  let close: { code: number | null; reason: string } | null = null;
  let querySetVersion = 0;
  let isStalled = false;
  const stalled: (() => void)[] = [];
  const session = sessions.connect(
    {
      send: (text, onSent) => {
        messages.push(JSON.parse(text) as Message);
        if (isStalled) {
          stalled.push(onSent);
        } else {
          queueMicrotask(onSent);
        }
      },
      close: (code, reason) => {
        close = { code, reason };
      },
    },
    "1.48.0",
  );
  const send = (message: object | string): void =>
    session?.receive(typeof message === "string" ? message : JSON.stringify(message));
  return {
    send,
    said: async () => {
      await settle();
      const said = messages;
      messages = [];
      return said;
    },
    connect: (fields = {}) =>
      send({ type: "Connect", sessionId, connectionCount: 0, clientTs: 0, ...fields }),
    add: (queryId, udfPath, args = {}) => {
      const modification = { type: "Add", queryId, udfPath, args: [args] };
      const baseVersion = querySetVersion++;
      const modifications = [modification];
      send({ type: "ModifyQuerySet", baseVersion, newVersion: querySetVersion, modifications });
    },
    mutate: (requestId, udfPath, args = {}) =>
      send({ type: "Mutation", requestId, udfPath, args: [args] }),
    closed: () => close,
    stall: (shallStall) => {
      isStalled = shallStall;
      if (!isStalled) {
        for (const onSent of stalled.splice(0)) {
          onSent();
        }
      }
    },
  };
}
