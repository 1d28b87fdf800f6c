// The contract of stores, run by an object on its own database.
import { ObjectSqlStore } from "../../../src/hosts/worker/ObjectSqlStore.ts";
import { sqlStoreContract } from "../../hosts/sqlStoreContract.ts";
import { runCollected } from "./vitestInWorkerd.ts";

let current: ObjectState | null = null;

sqlStoreContract("a Durable Object", async (use) => {
  if (current !== null) {
    await current.storage.deleteAll();
    use(new ObjectSqlStore(current.storage));
  }
});

export class GatewayObject {
  readonly #state: ObjectState;

  constructor(state: ObjectState) {
    this.#state = state;
  }

  async fetch(): Promise<Response> {
    current = this.#state;
    return Response.json(await runCollected());
  }
}

export class RelayObject extends GatewayObject {}

export default {
  fetch: (request: Request, bindings: { GATEWAY: ObjectNamespace }): Promise<Response> =>
    bindings.GATEWAY.getByName("contract").fetch(request),
};
