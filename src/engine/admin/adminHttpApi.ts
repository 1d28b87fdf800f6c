import type { Engine } from "../Engine.ts";
import { RequestError } from "../errors.ts";
import { readBoundedText } from "../http/readBoundedText.ts";
import { badDeployKey, requireAdmin } from "../http/requireAdmin.ts";
import { MAX_ADMIN_BODY_BYTES } from "../limits.ts";
import type { EnvironmentVariableChange } from "./EnvironmentVariables.ts";
import type { AdminRole, Operator } from "./Operator.ts";

export interface AdminHttpApiOptions {
  engine: Engine;
}

/**
 * The endpoints that the `convex` CLI and a dashboard use besides functions, with Convex's names and
 * shapes, and those that manage admin keys, with our own. All want an admin key. None writes a document of
 * the app's: what can be changed here is an environment variable, of those that the host leaves to admins,
 * and the keys themselves.
 *
 * @returns null for a path that is not one of them
 * @throws RequestError, OverloadedError, StoreError
 */
export async function answerAdmin(
  { engine }: AdminHttpApiOptions,
  request: Request,
  pathname: string,
): Promise<Response | null> {
  const endpoint = Object.hasOwn(ENDPOINTS, pathname)
    ? ENDPOINTS[pathname]
    : EXPORT_PATH.test(pathname)
      ? readExport
      : undefined;
  if (endpoint === undefined) {
    return null;
  }
  if (request.method !== endpoint.method) {
    throw new RequestError(405, "MethodNotAllowed", `${pathname} takes ${endpoint.method}.`);
  }
  if (endpoint.may === "key_in_body") {
    return await endpoint.answer(engine, request);
  }
  return await endpoint.answer(
    engine,
    request,
    requireAdmin(request, engine.adminKeys, endpoint.may),
  );
}

type Endpoint = { method: "GET" | "POST" } & (
  | {
      /** What its caller must be allowed to do. */
      may: "read" | "write";
      answer(engine: Engine, request: Request, operator: Operator): Promise<Response>;
    }
  /** The key is checked by the endpoint itself. */
  | { may: "key_in_body"; answer(engine: Engine, request: Request): Promise<Response> }
);

/** `/api/export/zip/TIMESTAMP` */
const EXPORT_PATH = /^\/api\/export\/zip\/\d{1,20}$/;

const readExport: Endpoint = {
  method: "GET",
  may: "write",
  answer: async (engine, { url }) => {
    const takenAt = BigInt(new URL(url).pathname.split("/").at(-1) ?? "");
    const archive = engine.snapshotExports?.read(takenAt) ?? null;
    if (archive === null) {
      throw new RequestError(404, "ExportNotFound", "There is no such export any more.");
    }
    const headers = {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename=snapshot_${takenAt}.zip`,
    };
    return new Response(archive, { headers });
  },
};

const ENDPOINTS: Record<string, Endpoint> = {
  "/api/check_admin_key": {
    method: "GET",
    may: "read",
    answer: async () => Response.json({ success: true }),
  },
  "/api/update_environment_variables": {
    method: "POST",
    may: "write",
    answer: updateEnvironmentVariables,
  },
  "/api/v1/get_canonical_urls": { method: "GET", may: "read", answer: canonicalUrls },
  "/api/stream_function_logs": { method: "GET", may: "read", answer: streamFunctionLogs },
  "/api/export/request/zip": { method: "POST", may: "write", answer: takeExport },
  "/api/import/start_upload": { method: "POST", may: "write", answer: refuseImport },
  "/api/get_config_hashes": { method: "POST", may: "key_in_body", answer: configHashes },
  "/api/v1/list_admin_keys": {
    method: "GET",
    may: "read",
    answer: async ({ adminKeys }) => Response.json({ keys: adminKeys.list() }),
  },
  "/api/v1/create_admin_key": {
    method: "POST",
    may: "write",
    answer: async ({ adminKeys }, request, operator) => {
      const { name, role } = await readJsonObject(request);
      const key = await adminKeys.create(String(name), role as AdminRole, operator);
      return Response.json({ name, role, key });
    },
  },
  "/api/v1/rotate_admin_key": {
    method: "POST",
    may: "write",
    answer: async ({ adminKeys }, request, operator) => {
      const { name, overlapSeconds } = await readJsonObject(request);
      const key = await adminKeys.rotate(String(name), Number(overlapSeconds), operator);
      return Response.json({ name, key });
    },
  },
  "/api/v1/revoke_admin_key": {
    method: "POST",
    may: "write",
    answer: async ({ adminKeys }, request, operator) => {
      const { name } = await readJsonObject(request);
      await adminKeys.revoke(String(name), operator);
      return Response.json({ name });
    },
  },
};

async function updateEnvironmentVariables(
  { environmentVariables }: Engine,
  request: Request,
  operator: Operator,
): Promise<Response> {
  const { changes } = await readJsonObject(request);
  if (!Array.isArray(changes) || !changes.every(isChange)) {
    throw new RequestError(
      400,
      "BadJsonBody",
      "`changes` must be a list of {name, value}, where the value is a string or null.",
    );
  }
  await environmentVariables.update(changes, operator);
  return new Response(null, { status: 200 });
}

function isChange(change: unknown): change is EnvironmentVariableChange {
  if (typeof change !== "object" || change === null) {
    return false;
  }
  const { name, value } = change as Record<string, unknown>;
  return (
    typeof name === "string" && (value === null || value === undefined || typeof value === "string")
  );
}

async function canonicalUrls({ environment }: Engine): Promise<Response> {
  return Response.json({
    convexCloudUrl: environment.get("CONVEX_CLOUD_URL") ?? "",
    convexSiteUrl: environment.get("CONVEX_SITE_URL") ?? "",
  });
}

async function streamFunctionLogs({ executionLog }: Engine, request: Request): Promise<Response> {
  const text = new URL(request.url).searchParams.get("cursor") ?? "";
  const cursor = Number(text);
  if (text.trim() === "" || !Number.isFinite(cursor) || cursor < 0) {
    throw new RequestError(400, "BadQueryArgs", "`cursor` must be a number of milliseconds.");
  }
  return Response.json(await executionLog.poll(cursor, request.signal));
}

async function takeExport(
  engine: Engine,
  _request: Request,
  operator: Operator,
): Promise<Response> {
  const { snapshotExports } = engine;
  if (snapshotExports === null) {
    throw new RequestError(404, "ExportNotOffered", "This host has no exports.");
  }
  await engine.recordOperatorAction(operator, "take_export");
  await snapshotExports.take();
  return new Response(null, { status: 200 });
}

/** An import writes any document: with it, whoever has the admin key could have any plan. */
async function refuseImport(): Promise<Response> {
  throw new RequestError(
    403,
    "ImportNotOffered",
    "Documents of a running gateway are written by its functions only. Stop it, and use: tollgate import.",
  );
}

/** Code is not pushed to this host: there is none to compare with. */
async function configHashes({ adminKeys }: Engine, request: Request): Promise<Response> {
  const { adminKey } = await readJsonObject(request);
  if (typeof adminKey !== "string" || adminKeys.find(adminKey) === null) {
    throw badDeployKey();
  }
  return Response.json({
    config: { functions: "convex/" },
    moduleHashes: [],
    udfServerVersion: null,
    nodeVersion: null,
  });
}

/** @throws RequestError 400 BadJsonBody, 413 BodyTooLarge */
async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  let body: unknown;
  const text = await readBoundedText(request, MAX_ADMIN_BODY_BYTES);
  try {
    body = JSON.parse(text);
  } catch {
    throw new RequestError(400, "BadJsonBody", "The request is not valid JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(400, "BadJsonBody", "The request body must be a JSON object.");
  }
  return body as Record<string, unknown>;
}
