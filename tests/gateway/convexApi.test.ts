import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const CONVEX_CLI = join(import.meta.dirname, "../../node_modules/convex/bin/main.js");
const run = promisify(execFile);

let gateway: GatewayProcess;
let project: string;

beforeAll(async () => {
  gateway = await startGatewayProcess(await temporaryDirectory());
  project = await temporaryDirectory();
  await writeFile(join(project, "package.json"), '{"dependencies":{"convex":"1.48.0"}}');
});
afterAll(async () => await gateway.kill());

function post(path: string, body: unknown, authorization?: string): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: authorization === undefined ? {} : { authorization },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const ADMIN = `Convex ${TEST_ADMIN_KEY}`;

async function comparable(response: Response): Promise<unknown> {
  const text = await response.text();
  const headers = Object.fromEntries(response.headers);
  const { date: _, ...rest } = headers;
  return { status: response.status, headers: rest, text: text.replace(/[0-9a-f]{16}/, "ID") };
}

describe("C1 a client without the admin key", () => {
  const internals = [
    "plans:open",
    "plans:get",
    "plans:markPlanAsProfessional",
    "events:ingest",
    "events:keepFailed",
    "events:list",
    "health:ready",
  ];

  test.each(internals)(
    "gets for %s, word for word, the answer for a function that does not exist",
    async (path) => {
      const [module = "", name = ""] = path.split(":");
      const missing = `${module}:${"x".repeat(name.length)}`;
      for (const endpoint of ["/api/query", "/api/mutation", "/api/action"]) {
        const answers = await Promise.all(
          [path, missing].map(async (each) =>
            JSON.stringify(
              await comparable(await post(endpoint, { path: each, args: {} })),
            ).replaceAll(each, "PATH"),
          ),
        );
        expect(answers[0]).toBe(answers[1]);
        expect(answers[0]).toContain("Could not find public function for 'PATH'.");
      }
    },
  );

  test.each([
    "plans.js:markPlanAsProfessional",
    "internal.plans.markPlanAsProfessional",
    "plans.markPlanAsProfessional",
    "./plans:markPlanAsProfessional",
    "plans:markPlanAsProfessional ",
    "plans::markPlanAsProfessional",
    "PLANS:markPlanAsProfessional",
    "http:default",
    "model/catalog:defaultCatalog",
  ])("reaches nothing by the spelling %j", async (path) => {
    const result = (await (await post("/api/mutation", { path, args: {} })).json()) as Record<
      string,
      unknown
    >;
    expect(result["status"]).not.toBe("success");
  });

  test("is refused at /api/function as by Convex", async () => {
    const response = await post("/api/function", { path: "plans:get", args: {} });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "BadDeployKey" });
  });

  test("with a wrong key is refused with 401", async () => {
    const response = await post("/api/query", { path: "plans:get", args: {} }, "Convex wrong");
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      code: "BadAdminKey",
      message: "The provided admin key was invalid for this instance",
    });
  });

  test("that is the real ConvexHttpClient gets Convex's error", async () => {
    const client = new ConvexHttpClient(gateway.url, { skipConvexDeploymentUrlCheck: true });
    const mark = anyApi["plans"]?.["markPlanAsProfessional"] as never;
    await expect(client.mutation(mark, { planId: "x", eventId: "y" } as never)).rejects.toThrow(
      /Could not find public function for 'plans:markPlanAsProfessional'/,
    );
  });
});

describe("requests that are wrong", () => {
  test.each([
    ["no JSON", "{", 400, "BadJsonBody"],
    ["a list", [], 400, "BadJsonBody"],
    ["no path", { args: {} }, 400, "BadJsonBody"],
    [
      "a path that names nothing",
      { path: "a/../b:c", args: {} },
      400,
      "BadConvexFunctionIdentifier",
    ],
    [
      "a format that is no text",
      { path: "plans:get", args: {}, format: { toString: null } },
      400,
      "BadFormat",
    ],
    ["an unknown format", { path: "plans:get", args: {}, format: "xml" }, 400, "BadFormat"],
  ])("with %s are answered with %i %s", async (_, body, status, code) => {
    const response = await post("/api/query", body, ADMIN);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  test("with a body over the limit are answered with 413", async () => {
    const response = await post("/api/query", " ".repeat(17 * 1024 * 1024), ADMIN);
    expect(response.status).toBe(413);
  });
});

describe("E3 E6 the admin API", () => {
  test("answers with Convex's shapes and argument errors", async () => {
    const opened = await post(
      "/api/mutation",
      { path: "plans:open", args: { ownerId: "api" } },
      ADMIN,
    );
    expect(await opened.json()).toEqual({
      status: "success",
      value: expect.stringMatching(/^[0-9a-z]{32}$/),
    });
    const wrong = await post("/api/mutation", { path: "plans:open", args: {} }, ADMIN);
    expect(wrong.status).toBe(200);
    expect(await wrong.json()).toEqual({
      status: "error",
      errorMessage: expect.stringMatching(
        /^\[Request ID: [0-9a-f]{16}\] Server Error\nArgumentValidationError: Object is missing the required field `ownerId`/,
      ),
    });
    const kind = await post("/api/query", { path: "plans:open", args: {} }, ADMIN);
    expect(((await kind.json()) as Record<string, string>)["errorMessage"]).toContain(
      "Trying to execute plans.js:open as Query, but it is defined as Mutation.",
    );
  });
});

describe("E6 npx convex run", () => {
  function convexRun(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run(process.execPath, [CONVEX_CLI, "run", ...args], {
      cwd: project,
      env: {
        PATH: process.env["PATH"],
        HOME: project,
        CONVEX_SELF_HOSTED_URL: gateway.url,
        CONVEX_SELF_HOSTED_ADMIN_KEY: TEST_ADMIN_KEY,
      },
    });
  }

  test("runs internal functions", async () => {
    const opened = await convexRun("plans:open", '{"ownerId":"cli"}');
    const planId: unknown = JSON.parse(opened.stdout);
    const got = await convexRun("plans:get", JSON.stringify({ planId }));
    expect(JSON.parse(got.stdout)).toMatchObject({ ownerId: "cli", planType: "free" });
  });

  test("cannot mark a plan without a verified event, and shows the stable code", async () => {
    const opened = await convexRun("plans:open", '{"ownerId":"cli"}');
    const args = JSON.stringify({ planId: JSON.parse(opened.stdout), eventId: "evt_made_up" });
    await expect(convexRun("plans:markPlanAsProfessional", args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("event_not_found"),
    });
  });
});
