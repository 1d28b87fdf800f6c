import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync } from "node:zlib";
import { afterAll } from "vitest";

/** One module as Convex's CLI bundled it. */
export interface PushedModule {
  path: string;
  source: string;
  sourceMap?: string;
  /** The runtime that it is for: Convex's own is `isolate`. */
  environment: "isolate" | "node";
}

/** The body of `POST /api/deploy2/start_push`, as far as it matters here. */
export interface PushRequest {
  adminKey: string;
  dryRun: boolean;
  functions: string;
  appDefinition: { schema: PushedModule | null; changedModules: PushedModule[] };
  componentDefinitions: unknown[];
  nodeDependencies: unknown[];
}

/** What a Convex deployment would be told by the CLI. */
export interface PushReceiver {
  url: string;
  /** Paths that were asked for, in their order. */
  asked: string[];
  /** What was pushed, newest last, with the bytes that went over the network. */
  pushes: { request: PushRequest; sentBytes: number }[];
}

const CHANGE = { allocatedComponentIds: {}, schemaIds: {}, indexDiffs: {} };
const ANALYSIS = {
  definition: {
    path: "",
    definitionType: { type: "app" },
    childComponents: [],
    httpMounts: {},
    exports: { type: "branch", branch: [] },
  },
  schema: null,
  functions: {},
  udfConfig: { serverVersion: "1.48.0", importPhaseRngSeed: "", importPhaseUnixTimestamp: "" },
};

/** Answers that say: taken, nothing is in the way, done. */
const ANSWERS: Record<string, unknown> = {
  "/api/get_config_hashes": {
    config: { functions: "convex/" },
    moduleHashes: [],
    udfServerVersion: "1.48.0",
    nodeVersion: null,
  },
  "/api/deploy2/evaluate_schema": { componentSchemaEvaluations: {}, newComponentDefinitions: [] },
  "/api/deploy2/start_push": {
    environmentVariables: {},
    externalDepsId: null,
    componentDefinitionPackages: { "": {} },
    appAuth: [],
    analysis: { "": ANALYSIS },
    app: {
      definitionPath: "",
      componentPath: "",
      args: {},
      childComponents: {},
      httpRoutes: { httpModuleRoutes: null, mounts: [] },
      exports: {},
    },
    schemaChange: CHANGE,
  },
  "/api/deploy2/wait_for_schema": { type: "complete" },
  "/api/deploy2/finish_push": {
    authDiff: { added: [], removed: [] },
    definitionDiffs: {},
    componentDiffs: {},
  },
  "/api/deploy2/report_push_completed": {},
  "/api/v1/get_canonical_urls": { convexCloudUrl: "", convexSiteUrl: "" },
};

/** A server that speaks the deploy endpoints of Convex and keeps what it is sent; it runs nothing. */
export async function startPushReceiver(): Promise<PushReceiver> {
  const asked: string[] = [];
  const pushes: PushReceiver["pushes"] = [];
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const sent = await bytesOf(request);
    asked.push(path);
    if (path === "/api/deploy2/start_push") {
      const body = JSON.parse(brotliDecompressSync(sent).toString()) as PushRequest;
      pushes.push({ request: body, sentBytes: sent.length });
    }
    const answer = ANSWERS[path];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { code: "NotFound", message: path }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, pushes };
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
