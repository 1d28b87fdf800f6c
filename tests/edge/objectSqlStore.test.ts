import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startEdge } from "../support/edge/startEdge.ts";

/** The bodies run in workerd, where the store is; here each is told as it went there. */
const edge = await startEdge({
  bindings: {},
  entry: join(import.meta.dirname, "../support/edge/storeContractWorker.ts"),
});
const results = (await (await fetch(edge.url)).json()) as {
  name: string;
  failure: string | null;
}[];
await edge.close();

describe("E7 the store of a Durable Object, in workerd", () => {
  test.each(results.map(({ name, failure }) => [name, failure]))("%s", (_, failure) => {
    expect(failure).toBeNull();
  });

  test("all of the contract ran", () => {
    expect(results.length).toBeGreaterThan(30);
  });
});
