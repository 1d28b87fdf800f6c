import { EDGE_BINDINGS } from "../../support/edge/bindings.ts";
import { type Edge, startEdge } from "../../support/edge/startEdge.ts";
import { temporaryDirectory } from "../../support/gatewayProcess.ts";
import type { Place } from "../Place.ts";
import { overHttp } from "./overHttp.ts";

/** workerd with a Durable Object; a restart is `kill -9` of workerd. */
export async function edgePlace(): Promise<Place> {
  const persistence = await temporaryDirectory();
  let edge: Edge = await startEdge({ bindings: EDGE_BINDINGS, persistence });
  let aheadMs = 0;
  return {
    ...overHttp(() => edge.url),
    nowMs: () => Date.now() + aheadMs,
    advance: async (ms) => {
      aheadMs += ms;
      await edge.advance(ms);
    },
    restart: async () => {
      await edge.kill();
      aheadMs = 0;
      edge = await startEdge({ bindings: EDGE_BINDINGS, persistence });
    },
    close: () => edge.close(),
  };
}
