import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFunctionReference } from "convex/server";
import { convexTest } from "convex-test";
import { beforeAll, describe, expect, test } from "vitest";
import { findAuthProviders } from "../../src/engine/auth/authConfig.ts";
import { FunctionRegistry, type Modules } from "../../src/engine/functions/FunctionRegistry.ts";
import { canonicalPath } from "../../src/engine/functions/functionPath.ts";
import { findHttpRouter } from "../../src/engine/functions/httpRouter.ts";
import { findSchema } from "../../src/engine/schema/schema.ts";
import { loadFunctions } from "../../src/hosts/loadFunctions.ts";
import { MAX_BODY_BYTES } from "../../src/routes/webhook/delivery.ts";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import { type Analysis, analyzePush } from "./analyzePush.ts";
import { pushProject } from "./pushedProject.ts";
import { type PushReceiver, type PushRequest, startPushReceiver } from "./pushReceiver.ts";

/** Convex: source and maps of all modules together. */
const MAX_CODE_BYTES = 32 * 1_024 * 1_024;

/** Convex gives the loading of an entry point 2 seconds; other machines are slower than this one. */
const MAX_LOADING_MS = 1_000;

/** Convex: the arguments of one call. */
const MAX_ARGUMENTS_BYTES = 16 * 1_024 * 1_024;

interface ExportedTable {
  tableName: string;
  indexes: { indexDescriptor: string; fields: string[] }[];
}

let receiver: PushReceiver;
let deployed: Awaited<ReturnType<typeof pushProject>>;
let push: PushRequest;
let analysis: Analysis;
let own: Modules;

beforeAll(async () => {
  receiver = await startPushReceiver();
  deployed = await pushProject(receiver, "deploy", "--yes");
  push = receiver.pushes[0]?.request as PushRequest;
  analysis = await analyzePush(push);
  own = await loadFunctions(join(import.meta.dirname, "../../src/internal"));
}, 120_000);

describe("Y1 the real CLI, on a copy of this project", () => {
  test("checks its types against what it generates, bundles it and deploys it", () => {
    expect(deployed.stderr).toContain("Running TypeScript");
    expect(deployed.stderr).not.toContain("skipping typecheck");
    expect(deployed.stderr).toContain("Deployed Convex functions");
    expect(deployed.code).toBe(0);
    expect(receiver.asked).toEqual(
      expect.arrayContaining([
        "/api/deploy2/start_push",
        "/api/deploy2/wait_for_schema",
        "/api/deploy2/finish_push",
      ]),
    );
  });

  test("bundles every module for Convex's own runtime, with nothing of Node's, within the limits", () => {
    const { changedModules, schema } = push.appDefinition;
    const modules = [...changedModules, ...(schema === null ? [] : [schema])];
    expect(push.functions).toBe("src/internal/");
    expect(push.nodeDependencies).toEqual([]);
    expect(push.componentDefinitions).toEqual([]);
    expect(new Set(modules.map(({ environment }) => environment))).toEqual(new Set(["isolate"]));
    const http = changedModules.find(({ path }) => path === "http.js");
    expect(importsOf(http?.source ?? "")).toContainEqual(expect.stringMatching(/^\.\/_deps\//));
    const foreign = modules.flatMap(({ path, source }) =>
      importsOf(source)
        .filter((specifier) => !specifier.startsWith("."))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    expect(foreign).toEqual([]);
    const bytes = modules.reduce((sum, each) => sum + Buffer.byteLength(JSON.stringify(each)), 0);
    expect(bytes).toBeLessThan(MAX_CODE_BYTES / 4);
  });

  test("reads the auth config and the schema alone, as Convex does: each imports nothing", () => {
    const { changedModules, schema } = push.appDefinition;
    const auth = changedModules.find(({ path }) => path === "auth.config.js");
    expect(importsOf(auth?.source ?? "import './missing.js'")).toEqual([]);
    expect(importsOf(schema?.source ?? "import './missing.js'")).toEqual([]);
  });

  test("pushes it with convex dev, too", async () => {
    const dev = await pushProject(receiver, "dev", "--once", "--typecheck", "disable");
    expect(dev.code).toBe(0);
    expect(receiver.pushes).toHaveLength(2);
    expect(receiver.pushes[1]?.request.appDefinition.changedModules.map(nameAndSource)).toEqual(
      push.appDefinition.changedModules.map(nameAndSource),
    );
  });
});

describe("Y2 in a bare isolate, what a deployment learns from the pushed code", () => {
  test("of functions, their kinds, visibility and validators is what the engine learns", () => {
    const registered = [...new FunctionRegistry(own).all()].map(({ path, type, visibility }) => {
      const exported = own.get(path.module)?.[path.functionName] as {
        exportArgs(): string;
        exportReturns(): string;
      };
      const [args, returns] = [exported.exportArgs(), exported.exportReturns()];
      return { path: canonicalPath(path), type, visibility, args, returns };
    });
    expect(analysis.functions.toSorted(byPath)).toEqual(registered.toSorted(byPath));
    expect(registered.length).toBeGreaterThan(50);
  });

  test("of the schema with its indexes is what the engine learns", () => {
    const { exported } = findSchema(own.get("schema.js")?.["default"]);
    expect(JSON.parse(analysis.schema)).toEqual(JSON.parse(exported));
  });

  test("of the routes is what the engine learns, each with a method that Convex routes", () => {
    expect(analysis.isRouter).toBe(true);
    expect(analysis.routes).toEqual(findHttpRouter(own)?.routes());
    expect(analysis.routes).toContainEqual({ path: "/stripe/webhook", method: "POST" });
    const routable = new Set(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
    expect(analysis.routes.filter(({ method }) => !routable.has(method))).toEqual([]);
  });

  test("of the crons is what the engine learns", () => {
    expect(analysis.isCrons).toBe(true);
    const crons = own.get("crons.js")?.["default"] as { export(): string };
    expect(JSON.parse(analysis.crons)).toEqual(JSON.parse(crons.export()));
  });

  test("needs no variable to be set: without a provider nobody can sign in", () => {
    expect(analysis.auth).toBe('{"providers":[]}');
  });

  test("of the auth config follows the variables that are set", async () => {
    const environment = {
      TOLLGATE_AUTH_ISSUER: "https://issuer.example",
      TOLLGATE_AUTH_JWKS: "https://issuer.example/keys",
      TOLLGATE_AUTH_AUDIENCE: "tollgate",
    };
    const { auth } = await analyzePush(push, environment);
    const module = { default: JSON.parse(auth) };
    expect(findAuthProviders(new Map([["auth.config.js", module]]))).toEqual([
      {
        type: "customJwt",
        issuer: "https://issuer.example",
        jwks: "https://issuer.example/keys",
        applicationID: "tollgate",
        algorithm: "RS256",
      },
    ]);
  });

  test("is learnt well within the time that Convex gives", () => {
    expect(Math.max(...Object.values(analysis.loadedMs))).toBeLessThan(MAX_LOADING_MS);
  });
});

/** What Convex refuses at a push, and this engine does not all. */
describe("Y4 the limits of Convex that only a push would show hold for", () => {
  test("modules and functions: their names", () => {
    const paths = push.appDefinition.changedModules.map(({ path }) => path);
    const components = paths.flatMap((path) => path.split("/"));
    expect(components.filter((each) => !/^(?=.{1,64}$)[A-Za-z0-9_.]+$/.test(each))).toEqual([]);
    const files = paths.filter((path) => path !== "auth.config.js");
    expect(files.filter((path) => path.split(".").length !== 2)).toEqual([]);
    const names = analysis.functions.map(({ path }) => path.split(":")[1] ?? "");
    expect(names.filter((name) => !/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name))).toEqual([]);
  });

  test("tables and indexes: their names, 32 indexes a table, 16 fields an index", () => {
    const { tables } = JSON.parse(analysis.schema) as { tables: ExportedTable[] };
    const indexes = tables.flatMap((table) => table.indexes);
    const names = [
      ...tables.map(({ tableName }) => tableName),
      ...indexes.map(({ indexDescriptor }) => indexDescriptor),
    ];
    expect(names.filter((name) => !/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name))).toEqual([]);
    expect(names).not.toContain("by_id");
    expect(names).not.toContain("by_creation_time");
    expect(Math.max(...tables.map((table) => table.indexes.length))).toBeLessThanOrEqual(32);
    expect(Math.max(...indexes.map(({ fields }) => fields.length))).toBeLessThanOrEqual(16);
  });

  test("crons: their names, and functions that exist and are no queries", () => {
    const crons = JSON.parse(analysis.crons) as Record<string, { name: string; args: unknown[] }>;
    const types = new Map(analysis.functions.map(({ path, type }) => [path, type]));
    for (const [name, cron] of Object.entries(crons)) {
      expect(name).toMatch(/^[ -~]+$/);
      expect(types.get(cron.name.replace(":", ".js:"))).toMatch(/^(?:Mutation|Action)$/);
    }
  });

  test("environment variables: their names have at most 40 characters", () => {
    const sources = push.appDefinition.changedModules.map(({ source }) => source).join("\n");
    const names = new Set(sources.match(/\b(?:TOLLGATE|STRIPE|CONVEX)_[A-Z_]+\b/g));
    expect(names).toContain("STRIPE_WEBHOOK_SECRET");
    expect([...names].filter((name) => name.length > 40)).toEqual([]);
  });

  test("arguments: the longest delivery is a small part of what a function takes", () => {
    const longest = { body: "\u0001".repeat(MAX_BODY_BYTES), signatureHeader: "" };
    expect(JSON.stringify(longest).length).toBeLessThan(MAX_ARGUMENTS_BYTES);
  });
});

describe("Y3 on the official stand-in for a deployment, the pushed bundle", () => {
  const openPlan = makeFunctionReference<"mutation", { ownerId: string }, string>("plans:open");
  const getPlan = makeFunctionReference<"query", { planId: string }, JsonObject>("plans:get");
  let modules: Record<string, () => Promise<unknown>>;
  let schema: never;

  beforeAll(async () => {
    const folder = await written(push);
    const load = (path: string) => import(pathToFileURL(join(folder, path)).href);
    modules = Object.fromEntries(
      push.appDefinition.changedModules
        .filter(({ path }) => !path.startsWith("_deps/"))
        .map(({ path }) => [`./${path}`, () => load(path)]),
    );
    modules["./_generated/api.js"] = async () => ({});
    schema = (await load("schema.js")).default as never;
  });

  test("lets a signed payment change the plan, once", async () => {
    process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
    const t = convexTest(schema, modules);
    const planId = await t.mutation(openPlan, { ownerId: "ann" });
    const delivery = paid(planId);
    expect((await t.query(getPlan, { planId }))["planType"]).toBe("free");
    expect(await deliver(t, delivery)).toEqual([200, { status: "applied", isDuplicate: false }]);
    expect((await t.query(getPlan, { planId }))["planType"]).toBe("professional");
    expect(await deliver(t, delivery)).toEqual([200, { status: "applied", isDuplicate: true }]);
  });

  test("V2 refuses a forged one and keeps nothing", async () => {
    process.env["STRIPE_WEBHOOK_SECRET"] = TEST_SIGNING_SECRET;
    const t = convexTest(schema, modules);
    const planId = await t.mutation(openPlan, { ownerId: "eve" });
    const forged = paid(planId, "whsec_notTheSecret0123456789");
    expect(await deliver(t, forged)).toMatchObject([400, { code: "signature_not_verified" }]);
    expect((await t.query(getPlan, { planId }))["planType"]).toBe("free");
    expect(await t.run(({ db }) => db.query("events" as never).collect())).toEqual([]);
  });

  test("C2 takes nothing while there is no secret, or a short one", async () => {
    const t = convexTest(schema, modules);
    const planId = await t.mutation(openPlan, { ownerId: "bob" });
    for (const secret of [undefined, "", "whsec_short"]) {
      if (secret === undefined) {
        delete process.env["STRIPE_WEBHOOK_SECRET"];
      } else {
        process.env["STRIPE_WEBHOOK_SECRET"] = secret;
      }
      expect(await deliver(t, paid(planId))).toMatchObject([503, { code: "unavailable" }]);
      expect((await t.fetch("/healthz")).status).toBe(503);
    }
    expect(await t.run(({ db }) => db.query("events" as never).collect())).toEqual([]);
  });
});

type Stand = ReturnType<typeof convexTest>;

async function deliver(t: Stand, delivery: ReturnType<typeof deliveryOf>): Promise<unknown[]> {
  const { body, signatureHeader } = delivery;
  const headers = { "stripe-signature": signatureHeader };
  const response = await t.fetch("/stripe/webhook", { method: "POST", headers, body });
  return [response.status, await response.json()];
}

/** A paid purchase for good: nothing is scheduled for a time that the stand-in cannot wait for. */
function paid(planId: string, secret = TEST_SIGNING_SECRET): ReturnType<typeof deliveryOf> {
  const session = checkoutSession({
    client_reference_id: planId,
    metadata: { lookupKey: "professional_monthly" },
  });
  const event = stripeEvent("checkout.session.completed", session);
  return deliveryOf(event, { secret, timestampSeconds: Math.floor(Date.now() / 1_000) });
}

/** The modules as files, so that they can be imported. */
async function written({ appDefinition }: PushRequest): Promise<string> {
  const folder = await temporaryDirectory();
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const { changedModules, schema } = appDefinition;
  const modules = [...changedModules, ...(schema === null ? [] : [schema])];
  for (const { path, source } of modules) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // The maps name files that are not beside them.
    await writeFile(join(folder, path), source.replace(/^\/\/# sourceMappingURL=.*$/m, ""));
  }
  return folder;
}

function importsOf(source: string): string[] {
  const statements =
    /^(?:import|export)\b[^;"']*?(?:from\s*)?["']([^"'\n]+)["'];?$|\bimport\(\s*["']([^"']+)["']\s*\)|\brequire\(\s*["']([^"']+)["']\s*\)/gm;
  return [...source.matchAll(statements)].map(([, from, dynamic, required]) =>
    String(from ?? dynamic ?? required),
  );
}

function nameAndSource({ path, source }: { path: string; source: string }): string {
  return `${path} ${source.length}`;
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : 1;
}
