import type { Engine } from "../Engine.ts";
import { RequestError } from "../errors.ts";
import type { IsAdminKey } from "../http/authorization.ts";
import { readBoundedText } from "../http/readBoundedText.ts";
import { badDeployKey, requireAdmin } from "../http/requireAdmin.ts";
import { MAX_ADMIN_BODY_BYTES } from "../limits.ts";
import type { EnvironmentVariableChange } from "./EnvironmentVariables.ts";

export interface AdminHttpApiOptions {
  engine: Engine;
  isAdminKey: IsAdminKey;
}

/**
 * The endpoints that the `convex` CLI and a dashboard use besides functions, with Convex's names and
 * shapes. All want the admin key. None writes a document: the only thing that can be changed here is an
 * environment variable, and of those only the ones that the host leaves to admins.
 *
 * @returns null for a path that is not one of them
 * @throws RequestError, OverloadedError, StoreError
 */
export async function answerAdmin(
  options: AdminHttpApiOptions,
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
  if (endpoint.keyIn === "header") {
    requireAdmin(request.headers.get("authorization"), options.isAdminKey);
  }
  return await endpoint.answer(options, request);
}

interface Endpoint {
  method: "GET" | "POST";
  /** Where the admin key is; one in the body is checked by the endpoint itself. */
  keyIn: "header" | "body";
  answer(options: AdminHttpApiOptions, request: Request): Promise<Response>;
}

/** `/api/export/zip/TIMESTAMP` */
const EXPORT_PATH = /^\/api\/export\/zip\/\d{1,20}$/;

const readExport: Endpoint = {
  method: "GET",
  keyIn: "header",
  answer: async ({ engine }, { url }) => {
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
    keyIn: "header",
    answer: async () => Response.json({ success: true }),
  },
  "/api/update_environment_variables": {
    method: "POST",
    keyIn: "header",
    answer: updateEnvironmentVariables,
  },
  "/api/v1/get_canonical_urls": { method: "GET", keyIn: "header", answer: canonicalUrls },
  "/api/stream_function_logs": { method: "GET", keyIn: "header", answer: streamFunctionLogs },
  "/api/export/request/zip": { method: "POST", keyIn: "header", answer: takeExport },
  "/api/import/start_upload": { method: "POST", keyIn: "header", answer: refuseImport },
  "/api/get_config_hashes": { method: "POST", keyIn: "body", answer: configHashes },
};

async function updateEnvironmentVariables(
  { engine }: AdminHttpApiOptions,
  request: Request,
): Promise<Response> {
  const { changes } = await readJsonObject(request);
  if (!Array.isArray(changes) || !changes.every(isChange)) {
    throw new RequestError(
      400,
      "BadJsonBody",
      "`changes` must be a list of {name, value}, where the value is a string or null.",
    );
  }
  await engine.environmentVariables.update(changes);
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

async function canonicalUrls({ engine }: AdminHttpApiOptions): Promise<Response> {
  const { environment } = engine;
  return Response.json({
    convexCloudUrl: environment.get("CONVEX_CLOUD_URL") ?? "",
    convexSiteUrl: environment.get("CONVEX_SITE_URL") ?? "",
  });
}

async function streamFunctionLogs(
  { engine }: AdminHttpApiOptions,
  request: Request,
): Promise<Response> {
  const text = new URL(request.url).searchParams.get("cursor") ?? "";
  const cursor = Number(text);
  if (text.trim() === "" || !Number.isFinite(cursor) || cursor < 0) {
    throw new RequestError(400, "BadQueryArgs", "`cursor` must be a number of milliseconds.");
  }
  return Response.json(await engine.executionLog.poll(cursor, request.signal));
}

async function takeExport({ engine }: AdminHttpApiOptions): Promise<Response> {
  if (engine.snapshotExports === null) {
    throw new RequestError(404, "ExportNotOffered", "This host has no exports.");
  }
  await engine.snapshotExports.take();
  return new Response(null, { status: 200 });
}

/** An import writes any document: with it, whoever has the admin key could have any plan. */
async function refuseImport(): Promise<Response> {
  throw new RequestError(
    403,
    "ImportNotOffered",
    "Documents of a running gateway are written by its functions only. Stop it, and use: tollgate import",
  );
}

/** Code is not pushed to this host: there is none to compare with. */
async function configHashes(
  { isAdminKey }: AdminHttpApiOptions,
  request: Request,
): Promise<Response> {
  const { adminKey } = await readJsonObject(request);
  if (typeof adminKey !== "string" || !isAdminKey(adminKey)) {
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
