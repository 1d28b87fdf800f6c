import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConvexCli, openConvexCli } from "../support/convexCli.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { writeFiles } from "../support/writeFiles.ts";

const FUNCTIONS = {
  "notes.ts": `
    import { query, internalMutation, internalAction } from "./_generated/server";
    import { internal } from "./_generated/api";
    import { v } from "convex/values";
    export const add = internalMutation({
      args: { text: v.string() },
      returns: v.null(),
      handler: async ({ db }, { text }) => {
        console.log("adding", text);
        await db.insert("notes", { text });
        return null;
      },
    });
    export const list = query({
      args: {},
      handler: async ({ db }) => (await db.query("notes").collect()).map(({ text }) => text),
    });
    export const who = query(async ({ auth }) => await auth.getUserIdentity());
    export const variable = query((_, { name }: { name: string }) => process.env[name] ?? "none");
    export const fail = internalAction(async (ctx) => {
      await ctx.runMutation(internal.notes.add, { text: "from an action" });
      throw new Error("no luck");
    });
  `,
  "deep/er.ts": `
    import { query } from "../_generated/server";
    export default query(() => 9007199254740993n);
  `,
  "http.ts": `
    import { httpRouter } from "convex/server";
    import { httpAction } from "./_generated/server";
    const http = httpRouter();
    http.route({ path: "/ping", method: "GET", handler: httpAction(async () => new Response("pong")) });
    export default http;
  `,
};

const TIMEOUT_MS = 60_000;

let folder: string;
let gateway: GatewayProcess;
let cli: ConvexCli;

beforeAll(async () => {
  folder = await temporaryDirectory();
  await writeFiles(folder, FUNCTIONS);
  gateway = await startGatewayProcess(await temporaryDirectory(), {}, ["--functions", folder]);
  cli = await openConvexCli(gateway.url);
});
afterAll(async () => await gateway.kill());

describe("E6 npx convex run", { timeout: TIMEOUT_MS }, () => {
  test("runs public and internal functions, by every spelling that the CLI knows", async () => {
    expect(await cli.run("run", "notes:add", '{"text":"one"}')).toMatchObject({
      code: 0,
      stdout: "",
    });
    for (const name of ["notes:list", "api.notes.list", "notes.ts:list"]) {
      const { stdout } = await cli.run("run", name);
      expect(JSON.parse(stdout)).toEqual(["one"]);
    }
    expect((await cli.run("run", "deep/er")).stdout).toContain('"$integer": "AQAAAAAAIAA="');
  });

  test("lists what there is when there is no such function", async () => {
    const { code, stderr } = await cli.run("run", "notes:lost");
    expect(code).toBe(1);
    expect(stderr).toContain("Could not find function for 'notes:lost'.");
    expect(stderr).toMatch(
      /Available functions:\n• deep\/er:default\n• notes:add\n• notes:fail\n• notes:list\n/,
    );
    expect(stderr).not.toContain("_system");
  });

  test("shows the function's error, and that of wrong arguments", async () => {
    const failed = await cli.run("run", "notes:fail");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Uncaught Error: no luck");
    const wrong = await cli.run("run", "notes:add", "{}");
    expect(wrong.stderr).toContain(
      "ArgumentValidationError: Object is missing the required field `text`.",
    );
  });

  test("acts as a user with --identity", async () => {
    const { stdout } = await cli.run("run", "--identity", '{name:"Ann",subject:"a"}', "notes:who");
    expect(JSON.parse(stdout)).toEqual({
      name: "Ann",
      subject: "a",
      issuer: "https://convex.test",
      tokenIdentifier: "https://convex.test|a",
    });
    const nobody = await cli.run("run", "notes:who");
    expect(nobody).toMatchObject({ code: 0, stdout: "" });
  });

  test("shows each new result with --watch", async () => {
    const watching = cli.start("run", "--watch", "notes:list");
    await watching.shows(/\[[^\]]*\]/);
    await gateway.run("notes:add", { text: "seen by the watcher" });
    await watching.shows(/seen by the watcher/);
    await watching.stop();
  });

  test("is refused with a wrong key", async () => {
    const stranger = await openConvexCli(gateway.url, "not_the_admin_key_0123");
    const { code, stderr } = await stranger.run("run", "notes:list");
    expect(code).toBe(1);
    expect(stderr).toContain("The provided admin key was invalid for this instance");
  });
});

describe("E6 npx convex data", { timeout: TIMEOUT_MS }, () => {
  test("lists the tables, and the documents of one", async () => {
    await gateway.run("notes:add", { text: "to be shown" });
    expect(await cli.run("data")).toMatchObject({ code: 0, stdout: "notes\n" });
    const { stdout } = await cli.run("data", "notes", "--limit", "1", "--format", "jsonLines");
    expect(stdout).toContain('"text": "to be shown"');
  });
});

describe("E6 npx convex function-spec", { timeout: TIMEOUT_MS }, () => {
  test("tells every function with its validators, and the HTTP routes", async () => {
    const { stdout } = await cli.run("function-spec");
    const { url, functions } = JSON.parse(stdout) as { url: string; functions: object[] };
    expect(url).toBe(gateway.url);
    expect(functions).toContainEqual({
      identifier: "notes.js:add",
      functionType: "Mutation",
      visibility: { kind: "internal" },
      args: { type: "object", value: { text: { fieldType: { type: "string" }, optional: false } } },
      returns: { type: "null" },
    });
    expect(functions).toContainEqual({ functionType: "HttpAction", method: "GET", path: "/ping" });
    expect(functions).toHaveLength(7);
  });
});

describe("E6 npx convex logs", { timeout: TIMEOUT_MS }, () => {
  test("shows what functions write and how they fail, as it happens", async () => {
    const logs = cli.start("logs", "--success");
    await logs.shows(/Watching logs/);
    // The CLI leaves out what its first question finds, and does not say when that was.
    const again = setInterval(() => void gateway.run("notes:fail").catch(() => null), 500);
    const text = await logs.shows(/no luck/);
    clearInterval(again);
    await logs.shows(/\[CONVEX M\(notes:add\)\] \[LOG\] 'adding' 'from an action'/);
    await logs.stop();
    expect(text).not.toContain("_system");
  });

  test("shows what came before with --history", async () => {
    await fetch(`${gateway.url}/http/ping`);
    const logs = cli.start("logs", "--success", "--history", "50");
    await logs.shows(/\[CONVEX H\(GET \/ping\)\] Function executed in/);
    await logs.stop();
  });
});

describe("E6 E12 npx convex env", { timeout: TIMEOUT_MS }, () => {
  test("sets, gets, lists and removes what functions see, over a restart", async () => {
    expect((await cli.run("env", "set", "GREETING", "good day")).code).toBe(0);
    expect(await cli.run("env", "get", "GREETING")).toMatchObject({ stdout: "good day\n" });
    expect((await cli.run("env", "list", "--include-values")).stdout).toBe("GREETING=good day\n");
    const variable = { name: "GREETING" };
    expect(await gateway.run("notes:variable", variable)).toBe("good day");

    await gateway.kill();
    gateway = await startGatewayProcess(gateway.dataDirectory, {}, ["--functions", folder]);
    cli = await openConvexCli(gateway.url);
    expect(await gateway.run("notes:variable", variable)).toBe("good day");

    expect((await cli.run("env", "remove", "GREETING")).code).toBe(0);
    expect(await gateway.run("notes:variable", variable)).toBe("none");
    expect((await cli.run("env", "list")).stdout).toBe("");
    expect(gateway.output()).not.toContain("good day");
  });

  test("cannot set what belongs to the host", async () => {
    const { code, stderr } = await cli.run("env", "set", "TOLLGATE_ADMIN_KEY", "mine");
    expect(code).not.toBe(0);
    expect(stderr).toContain("EnvVarNameForbidden");
  });
});

describe("E13 a hosted folder", () => {
  test("is served over HTTP alone, with the host's own answers where it has none", async () => {
    const get = async (path: string) => {
      const response = await fetch(`${gateway.url}${path}`);
      return [response.status, await response.text()];
    };
    expect(await get("/ping")).toEqual([200, "pong"]);
    expect(await get("/http/ping")).toEqual([200, "pong"]);
    expect(await get("/healthz")).toEqual([200, '{"status":"ready"}']);
    expect(await get("/")).toEqual([
      200,
      "This Convex deployment is running. See https://docs.convex.dev/.",
    ]);
    expect(await get("/stripe/webhook")).toEqual([404, "No matching routes found"]);
    await expect(gateway.run("plans:open", { ownerId: "ann" })).rejects.toThrow(
      "Could not find function for 'plans:open'.",
    );
  });

  test("is reached by the real client", async () => {
    const client = new ConvexHttpClient(gateway.url, { skipConvexDeploymentUrlCheck: true });
    expect(await client.query(anyApi["deep"]?.["er"]?.["default"] as never)).toBe(
      9007199254740993n,
    );
  });

  test("without HTTP actions still has its API and its health", async () => {
    const bare = await temporaryDirectory();
    await writeFiles(bare, { "a.ts": FUNCTIONS["deep/er.ts"].replace("../", "./") });
    const other = await startGatewayProcess(await temporaryDirectory(), {}, ["--functions", bare]);
    expect(await other.run("a")).toBe("9007199254740993");
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${other.url}/ping`)).status).toBe(404);
    expect(await other.stop()).toBe(0);
  });

  test("that cannot be hosted stops the start and says why", async () => {
    const broken = await temporaryDirectory();
    await writeFiles(broken, { "a.ts": 'import "./gone";\nexport {};' });
    const start = startGatewayProcess(await temporaryDirectory(), {}, ["--functions", broken]);
    await expect(start).rejects.toThrow(
      new RegExp(
        `ended with code 1:\nTollgate could not start: the functions in ${broken} cannot be hosted:\n` +
          'a\\.ts:1:8: Could not resolve "\\./gone"\n$',
      ),
    );
  });
});
