import { afterEach } from "vitest";
import type { Engine } from "../../src/engine/Engine.ts";
import { createConvexHttpApi } from "../../src/engine/http/convexHttpApi.ts";
import type { SqlStore } from "../../src/engine/storage/SqlStore.ts";
import { SyncSessions } from "../../src/engine/sync/SyncSessions.ts";
import type { HttpLimits } from "../../src/hosts/node/httpLimits.ts";
import { startHttpServer } from "../../src/hosts/node/httpServer.ts";
import { systemClock, systemRandom, systemTimer } from "../../src/hosts/node/systemPorts.ts";
import { webSocketSync } from "../../src/hosts/node/webSocketSync.ts";
import { openTestEngine, silentLog } from "./testEngine.ts";

export const TEST_ENGINE_ADMIN_KEY = "engine_admin_key_0123456789";

/** An engine in this process, served as the gateway serves it: HTTP API and WebSockets. */
export interface EngineServer {
  readonly engine: Engine;
  /** `http://host:port` */
  readonly url: string;
  close(): Promise<void>;
}

const open = new Set<EngineServer>();
afterEach(async () => {
  await Promise.all([...open].map((server) => server.close()));
});

/** Closed at the end of the test. */
export async function serveTestEngine(
  modules: Record<string, Record<string, unknown>>,
  { store, limits = {} }: { store?: SqlStore; limits?: Partial<HttpLimits> } = {},
): Promise<EngineServer> {
  const { engine } = openTestEngine(modules, store);
  engine.adminKeys.give({ name: "test", key: TEST_ENGINE_ADMIN_KEY, replace: null });
  const ports = {
    ...{ engine, clock: systemClock, timer: systemTimer, random: systemRandom },
    log: silentLog,
  };
  const sessions = new SyncSessions(ports);
  const api = createConvexHttpApi(ports);
  const http = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
    limits,
    upgrades: webSocketSync(sessions),
    fetch: async (request) => (await api(request)) ?? (await engine.handleHttp(request, null)),
  });
  const server: EngineServer = {
    engine,
    url: http.url,
    close: async () => {
      open.delete(server);
      await http.close();
      await engine.close();
    },
  };
  open.add(server);
  return server;
}
