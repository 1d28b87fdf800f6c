import { type HttpRouter, httpActionGeneric as httpAction, httpRouter } from "convex/server";
import { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/Engine.ts";
import { openMemoryStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { testPorts } from "../support/testEngine.ts";

describe("E1 an HTTP action that throws", () => {
  async function answerOf(handler: () => Promise<Response>): Promise<Response> {
    const router = httpRouter();
    router.route({ path: "/", method: "GET", handler: httpAction(handler) });
    return await answered(router);
  }

  async function answered(router: HttpRouter): Promise<Response> {
    const modules = new Map([["http.js", { default: router }]]);
    const engine = new Engine({ ...testPorts(), store: openMemoryStore(), modules });
    const response = await engine.handleHttp(new Request("http://localhost/"), null);
    await engine.close();
    return response;
  }

  test("is answered with Convex's 500: the run, what was thrown, no stack", async () => {
    const response = await answerOf(async () => {
      throw new Error("no luck");
    });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      code: expect.stringMatching(
        /^\[Request ID: [0-9a-f]{16}\] Server Error: Uncaught Error: no luck$/,
      ),
      trace: "Uncaught Error: no luck\n",
    });
  });

  test("shows the data of a ConvexError", async () => {
    const response = await answerOf(async () => {
      throw new ConvexError({ code: "sold_out", left: 0n });
    });
    expect(await response.json()).toMatchObject({
      data: { code: "sold_out", left: { $integer: "AAAAAAAAAAA=" } },
    });
  });

  test("is answered like a router that throws", async () => {
    const router = httpRouter();
    router.route({ path: "/", method: "GET", handler: httpAction(async () => new Response()) });
    router.lookup = () => {
      throw new Error("routes are broken");
    };
    const response = await answered(router);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ trace: "Uncaught Error: routes are broken\n" });
  });
});
