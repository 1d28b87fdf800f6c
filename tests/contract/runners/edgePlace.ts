import { type Edge, startEdge } from "../../support/edge/startEdge.ts";
import { TEST_ADMIN_KEY, temporaryDirectory } from "../../support/gatewayProcess.ts";
import type { OutsideWorld } from "../OutsideWorld.ts";
import type { Place } from "../Place.ts";
import { overHttp } from "./overHttp.ts";

/** workerd with a Durable Object; a restart is `kill -9` of workerd. */
export async function edgePlace(outside: OutsideWorld): Promise<Place> {
  const persistence = await temporaryDirectory();
  const bindings = { ...outside.variables, TOLLGATE_ADMIN_KEY: TEST_ADMIN_KEY };
  let edge: Edge = await startEdge({ bindings, persistence });
  let aheadMs = 0;
  return {
    outside,
    ...overHttp(() => edge.url),
    nowMs: () => Date.now() + aheadMs,
    advance: async (ms) => {
      aheadMs += ms;
      await edge.advance(ms);
    },
    fail: (what) => edge.fail(what),
    restart: async () => {
      await edge.kill();
      edge = await startEdge({ bindings, persistence });
      await edge.advance(aheadMs);
    },
    close: () => edge.close(),
  };
}
