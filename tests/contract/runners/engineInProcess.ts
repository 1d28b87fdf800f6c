import { Engine } from "../../../src/engine/Engine.ts";
import type { SqlStore } from "../../../src/engine/storage/SqlStore.ts";
import { loadFunctions } from "../../../src/hosts/loadFunctions.ts";
import { functionContext } from "../../../src/hosts/node/functionContext.ts";
import { FUNCTIONS_DIRECTORY } from "../../../src/hosts/node/gateway.ts";
import { startHttpServer } from "../../../src/hosts/node/httpServer.ts";
import { processEnvironment } from "../../../src/hosts/node/processEnvironment.ts";
import {
  systemFetch,
  systemRandom,
  systemStopwatch,
  systemTimer,
} from "../../../src/hosts/node/systemPorts.ts";
import { webSocketSync } from "../../../src/hosts/node/webSocketSync.ts";
import { openDoors } from "../../../src/hosts/openDoors.ts";
import { TEST_ADMIN_KEY } from "../../support/gatewayProcess.ts";
import { setDateNow } from "../../support/manualDate.ts";
import { manualTime } from "../../support/manualTime.ts";
import { silentLog } from "../../support/testEngine.ts";
import type { OutsideWorld } from "../OutsideWorld.ts";
import type { Place } from "../Place.ts";
import { type FailingStore, failingStore } from "./failingStore.ts";
import { overHttp } from "./overHttp.ts";

/**
 * Node's own parts in this process, on a clock that the test moves.
 *
 * @param openStore what is stored, after a restart again
 */
export async function engineInProcess(
  outside: OutsideWorld,
  openStore: () => SqlStore,
): Promise<Place> {
  Object.assign(process.env, outside.variables);
  const modules = await loadFunctions(FUNCTIONS_DIRECTORY);
  const time = manualTime(Date.now());
  setDateNow(time.clock.nowMs);
  const start = async () => {
    const store: FailingStore = failingStore(openStore());
    const engine = new Engine({
      store,
      modules,
      clock: time.clock,
      random: systemRandom,
      timer: time.timer,
      stopwatch: systemStopwatch,
      fetch: systemFetch,
      context: functionContext,
      environment: processEnvironment(),
      log: silentLog,
    });
    engine.adminKeys.give({ name: "test", key: TEST_ADMIN_KEY, replace: null });
    const doors = openDoors(engine, {
      clock: time.clock,
      timer: systemTimer,
      random: systemRandom,
      log: silentLog,
    });
    const server = await startHttpServer({
      host: "127.0.0.1",
      port: 0,
      upgrades: webSocketSync(doors.sessions),
      fetch: (request) => doors.fetch(request, "test"),
      log: silentLog,
    });
    process.env["CONVEX_SITE_URL"] = server.url;
    await engine.start();
    return {
      store,
      url: server.url,
      stop: async () => {
        await server.close();
        await engine.close();
        store.close();
      },
    };
  };
  let running = await start();
  return {
    outside,
    ...overHttp(() => running.url),
    nowMs: time.clock.nowMs,
    advance: (ms) => time.leap(ms),
    fail: async (what) => running.store.fail(what),
    restart: async () => {
      await running.stop();
      running = await start();
    },
    close: async () => {
      await running.stop();
      setDateNow(null);
    },
  };
}
