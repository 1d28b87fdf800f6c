import { afterAll, beforeAll, describe, expect, test } from "vitest";
import crons from "../../src/internal/crons.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const ADMIN = `Convex ${TEST_ADMIN_KEY}`;
const SECRET_VALUE = "a value that nobody may read in a log";

let gateway: GatewayProcess;
beforeAll(async () => {
  const unset = { STRIPE_WEBHOOK_SECRET: undefined };
  gateway = await startGatewayProcess(await temporaryDirectory(), unset);
});
afterAll(async () => await gateway.kill());

interface Ask {
  method?: string;
  authorization?: string;
  body?: unknown;
}

async function ask(path: string, { method = "GET", authorization, body }: Ask = {}) {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: authorization === undefined ? {} : { authorization },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

const changes = (name: string, value: string | null) => ({ changes: [{ name, value }] });

const ENDPOINTS: [method: string, path: string, body?: unknown][] = [
  ["GET", "/api/check_admin_key"],
  ["GET", "/api/v1/get_canonical_urls"],
  ["GET", "/api/stream_function_logs?cursor=0"],
  ["POST", "/api/update_environment_variables", changes("STOLEN", "x")],
];

describe("E11 an admin endpoint", () => {
  test.each(ENDPOINTS)(
    "answers %s %s to nobody without the admin key",
    async (method, path, body) => {
      expect(await ask(path, { method, body })).toMatchObject({
        status: 403,
        body: { code: "BadDeployKey" },
      });
      for (const authorization of ["Convex wrong", `Convex ${TEST_ADMIN_KEY}x`]) {
        expect(await ask(path, { method, body, authorization })).toMatchObject({
          status: 401,
          body: { code: "BadAdminKey" },
        });
      }
      const user = await ask(path, { method, body, authorization: "Bearer a.b.c" });
      expect(user.status).toBe(403);
      expect((await ask(path, { method, body, authorization: ADMIN })).status).toBe(200);
      const other = method === "GET" ? "POST" : "GET";
      expect(await ask(path, { method: other, authorization: ADMIN })).toMatchObject({
        status: 405,
      });
    },
  );

  test("checks a key, acting as a user or not", async () => {
    const identity = btoa(JSON.stringify({ issuer: "https://i", subject: "s" }));
    for (const authorization of [ADMIN, `${ADMIN}:${identity}`]) {
      expect(await ask("/api/check_admin_key", { authorization })).toEqual({
        status: 200,
        body: { success: true },
      });
    }
  });

  test("tells the deployment's address", async () => {
    const { body } = await ask("/api/v1/get_canonical_urls", { authorization: ADMIN });
    expect(body).toEqual({ convexCloudUrl: gateway.url, convexSiteUrl: gateway.url });
  });

  test("takes the key of get_config_hashes from the body, as Convex does", async () => {
    const path = "/api/get_config_hashes";
    for (const adminKey of ["wrong", undefined, 7]) {
      const body = { version: "1.48.0", adminKey };
      expect(await ask(path, { method: "POST", body })).toMatchObject({
        status: 403,
        body: { code: "BadDeployKey" },
      });
    }
    const body = { version: "1.48.0", adminKey: TEST_ADMIN_KEY };
    expect(await ask(path, { method: "POST", body })).toMatchObject({
      status: 200,
      body: { moduleHashes: [] },
    });
  });

  test.each<[string, unknown, number, string]>([
    ["no JSON", "{", 400, "BadJsonBody"],
    ["a list", [], 400, "BadJsonBody"],
    ["no changes", {}, 400, "BadJsonBody"],
    ["changes that are no list", { changes: {} }, 400, "BadJsonBody"],
    ["a change that is none", { changes: [null] }, 400, "BadJsonBody"],
    ["a value that is no text", { changes: [{ name: "A", value: 1 }] }, 400, "BadJsonBody"],
    ["a name that is no text", { changes: [{ name: ["A"], value: "1" }] }, 400, "BadJsonBody"],
    ["3 MiB", " ".repeat(3 * 1024 * 1024), 413, "BodyTooLarge"],
  ])("refuses %s", async (_, body, status, code) => {
    const answer = await ask("/api/update_environment_variables", {
      method: "POST",
      authorization: ADMIN,
      body,
    });
    expect(answer).toMatchObject({ status, body: { code } });
  });

  test.each(["", "x", "-1", "Infinity", "%00"])("refuses the cursor %j", async (cursor) => {
    const path = `/api/stream_function_logs?cursor=${cursor}`;
    expect(await ask(path, { authorization: ADMIN })).toMatchObject({
      status: 400,
      body: { code: "BadQueryArgs" },
    });
  });

  test("does not hold up the end of the gateway while somebody waits for the log", async () => {
    const other = await startGatewayProcess(await temporaryDirectory());
    const poll = async (cursor: number) => {
      const response = await fetch(`${other.url}/api/stream_function_logs?cursor=${cursor}`, {
        headers: { authorization: ADMIN },
      });
      return (await response.json()) as { entries: unknown[]; newCursor: number };
    };
    // Each cron runs once at the start. Then nobody has anything to tell for a minute.
    let newCursor = 0;
    for (let told = 0; told < Object.keys(crons.crons).length; ) {
      const page = await poll(newCursor);
      told += page.entries.length;
      newCursor = page.newCursor;
    }
    const waiting = poll(newCursor);
    // Answered after the question above has been read: both go over the same kind of connection.
    await ask("/version");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stopped = performance.now();
    expect(await other.stop()).toBe(0);
    expect(performance.now() - stopped).toBeLessThan(5_000);
    expect(await waiting).toEqual({ entries: [], newCursor });
  });
});

describe("E12 what the gateway verifies with", () => {
  test.each(["STRIPE_WEBHOOK_SECRET", "STRIPE_MODE", "STRIPE_SECRET_KEY", "TOLLGATE_DATA"])(
    "is not an admin's to set: %s",
    async (name) => {
      const answer = await ask("/api/update_environment_variables", {
        method: "POST",
        authorization: ADMIN,
        body: changes(name, SECRET_VALUE),
      });
      expect(answer).toEqual({
        status: 400,
        body: {
          code: "EnvVarNameForbidden",
          message: `Environment variable with name "${name}" is built-in and cannot be overridden`,
        },
      });
    },
  );

  test("is not told to admins either", async () => {
    const value = await gateway.run("_system/cli/queryEnvironmentVariables:get", {
      name: "STRIPE_WEBHOOK_SECRET",
    });
    expect(value).toBeNull();
  });

  test("nor does a value show in the output", async () => {
    const { status } = await ask("/api/update_environment_variables", {
      method: "POST",
      authorization: ADMIN,
      body: changes("MINE", SECRET_VALUE),
    });
    expect(status).toBe(200);
    expect(gateway.output()).not.toContain(SECRET_VALUE);
  });
});
