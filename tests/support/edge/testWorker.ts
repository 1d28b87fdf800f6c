// The Worker as it is deployed, on a clock that tests move and a store that tests let fail.
import "./movableClock.ts";
import "./withoutPings.ts";
import type { Bindings } from "../../../src/hosts/worker/Bindings.ts";
import worker, { GatewayObject as Gateway } from "../../../src/hosts/worker.ts";
import { faultyState, setFault } from "./faultyState.ts";
import { advance } from "./movableClock.ts";

export { RelayObject } from "../../../src/hosts/worker.ts";

export class GatewayObject extends Gateway {
  constructor(state: ObjectState, bindings: Bindings) {
    super(faultyState(state), bindings);
  }

  override async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === "/__test/ring") {
      await this.alarm();
      return new Response();
    }
    return await super.fetch(request);
  }
}

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/__test/fail") {
      setFault(searchParams.get("what") ?? "");
      return new Response();
    }
    if (pathname === "/__test/advance") {
      advance(Number(searchParams.get("ms")));
      const ring = new Request("http://object/__test/ring");
      return await bindings.GATEWAY.getByName("own:test").fetch(ring);
    }
    return await worker.fetch(request, bindings);
  },
};
