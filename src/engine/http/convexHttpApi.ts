import { answerAdmin } from "../admin/adminHttpApi.ts";
import type { Engine } from "../Engine.ts";
import { FunctionError, OverloadedError, RequestError } from "../errors.ts";
import type { FunctionType } from "../functions/FunctionRegistry.ts";
import { MAX_API_BODY_BYTES } from "../limits.ts";
import type { Log, Random } from "../ports.ts";
import type { Caller } from "../runtime/Caller.ts";
import { StoreError } from "../storage/SqlStore.ts";
import { type Authorization, readAuthorization } from "./authorization.ts";
import { type FunctionRequest, readFunctionRequest } from "./functionRequest.ts";
import { functionResult } from "./functionResult.ts";
import { readBoundedText } from "./readBoundedText.ts";
import { badDeployKey } from "./requireAdmin.ts";
import { SNAPSHOT_ENDPOINTS, type SnapshotEndpoint } from "./snapshotEndpoints.ts";

export interface ConvexHttpApiOptions {
  engine: Engine;
  random: Random;
  log: Log;
}

/**
 * Convex's HTTP API, as `ConvexHttpClient` and the `convex` CLI speak it: `/api/query`, `/api/mutation`,
 * `/api/action`, `/api/run/…`, `/api/function` (admin), {@link SNAPSHOT_ENDPOINTS}, those of
 * {@link answerAdmin}, `/version`, `/instance_name`, `/instance_version`. A function that failed is
 * answered with status 200 and `status: "error"`, as Convex does; everything else that is wrong is a
 * 4xx or 5xx `{code, message}`.
 *
 * Each request comes with its client's address, for counting wrong keys.
 *
 * @returns null for a path that is not of this API
 */
export function createConvexHttpApi(
  options: ConvexHttpApiOptions,
): (request: Request, source?: string) => Promise<Response | null> {
  return async (request, source = "") => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && Object.hasOwn(TEXTS, pathname)) {
      return new Response(TEXTS[pathname]);
    }
    if (!pathname.startsWith("/api/")) {
      return null;
    }
    const response =
      request.method === "OPTIONS"
        ? new Response(null, { status: 204 })
        : await answer(options, request, pathname, source);
    allowOrigin(request, response);
    return response;
  };
}

const TEXTS: Record<string, string> = {
  "/version": "unknown",
  "/instance_name": "tollgate",
  "/instance_version": "unknown",
};

const FUNCTION_ENDPOINTS: Record<string, FunctionType | "any"> = {
  "/api/query": "Query",
  "/api/mutation": "Mutation",
  "/api/action": "Action",
  "/api/function": "any",
};

const RUN_PREFIX = "/api/run/";

async function answer(
  options: ConvexHttpApiOptions,
  request: Request,
  pathname: string,
  source: string,
): Promise<Response> {
  try {
    const admin = await answerAdmin(options, request, pathname);
    if (admin !== null) {
      return admin;
    }
    const endpoint = endpointAt(pathname);
    if (endpoint === null) {
      throw new RequestError(404, "NotFound", `There is no endpoint ${pathname}.`);
    }
    const authorization = readAuthorization(request, options.engine.adminKeys);
    const caller = await callerOf(options.engine, authorization, pathname);
    return json(200, await endpoint(options, await readBody(request, pathname), caller));
  } catch (error) {
    return failure(
      options.log,
      isWrongKey(error, pathname) ? await slowed(options.engine, source, error) : error,
    );
  }
}

/** One endpoint takes its key from the body and refuses it as Convex does. */
function isWrongKey(error: unknown, pathname: string): boolean {
  const code = error instanceof RequestError ? error.code : null;
  return (
    code === "BadAdminKey" || (code === "BadDeployKey" && pathname === "/api/get_config_hashes")
  );
}

/** Waits before a wrong key is refused. @returns what to answer with */
async function slowed(engine: Engine, source: string, error: unknown): Promise<unknown> {
  try {
    await engine.failedKeyTries.refused(source);
    return error;
  } catch (tooMany) {
    return tooMany;
  }
}

/** @throws RequestError 403 BadDeployKey, and what {@link Engine.identify} refuses a token with */
async function callerOf(
  engine: Engine,
  authorization: Authorization,
  pathname: string,
): Promise<Caller> {
  if (authorization.type === "admin") {
    const { operator, actingAs } = authorization;
    return { audience: "insider", identity: actingAs, operator };
  }
  if (pathname === "/api/function") {
    throw badDeployKey();
  }
  if (authorization.type === "user") {
    return { audience: "client", identity: await engine.identify(authorization.token) };
  }
  return { audience: "client", identity: null };
}

/** What lies at a path; null for nothing. @throws RequestError 400 MissingIdentifier */
function endpointAt(pathname: string): SnapshotEndpoint | null {
  if (Object.hasOwn(SNAPSHOT_ENDPOINTS, pathname)) {
    return SNAPSHOT_ENDPOINTS[pathname] ?? null;
  }
  if (pathname.startsWith(RUN_PREFIX)) {
    const path = runPath(pathname.slice(RUN_PREFIX.length));
    return (options, body, caller) =>
      runFunction(
        options,
        readFunctionRequest({ ...(body as object | null), path }),
        "any",
        caller,
      );
  }
  const type = Object.hasOwn(FUNCTION_ENDPOINTS, pathname) && FUNCTION_ENDPOINTS[pathname];
  return type
    ? (options, body, caller) => runFunction(options, readFunctionRequest(body), type, caller)
    : null;
}

/** "dir/mod/fn", percent-encoded, names the function "dir/mod:fn". */
function runPath(text: string): string {
  const parts = text.split("/");
  if (parts.length < 2 || !canDecode(text)) {
    throw new RequestError(
      400,
      "MissingIdentifier",
      "Path or function name not provided in path, e.g. /api/run/messages/list",
    );
  }
  const names = parts.map(decodeURIComponent);
  return `${names.slice(0, -1).join("/")}:${names.at(-1)}`;
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

async function readBody(request: Request, pathname: string): Promise<unknown> {
  if (request.method === "GET" && pathname === "/api/query") {
    const parameters = new URL(request.url).searchParams;
    const args = parseJson(parameters.get("args") ?? "{}");
    return { path: parameters.get("path"), args, format: parameters.get("format") };
  }
  if (request.method !== "POST") {
    throw new RequestError(405, "MethodNotAllowed", `${pathname} takes POST.`);
  }
  const text = await readBoundedText(request, MAX_API_BODY_BYTES);
  // `query_ts` asks without a body.
  return text === "" ? null : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "BadJsonBody", "The request is not valid JSON.");
  }
}

async function runFunction(
  { engine, random }: Pick<ConvexHttpApiOptions, "engine" | "random">,
  { path, args, format }: FunctionRequest,
  type: FunctionType | "any",
  caller: Caller,
): Promise<string> {
  try {
    const result = await engine.call(path, type, args, caller);
    return functionResult(result, format, random);
  } catch (error) {
    if (!(error instanceof FunctionError)) {
      throw error;
    }
    return functionResult(error, format, random);
  }
}

function failure(log: Log, error: unknown): Response {
  if (error instanceof RequestError) {
    return failed(error.status, error.code, error.message);
  }
  if (error instanceof OverloadedError || error instanceof StoreError) {
    const response = failed(
      503,
      error.code,
      "The service can't answer right now. Try again later.",
    );
    response.headers.set("Retry-After", "1");
    return response;
  }
  log.error("api_request_failed", { error: error instanceof Error ? error.name : typeof error });
  return failed(500, "InternalServerError", "Your request couldn't be completed. Try again later.");
}

function failed(status: number, code: string, message: string): Response {
  return json(status, JSON.stringify({ code, message }));
}

function json(status: number, text: string): Response {
  return new Response(text, { status, headers: { "Content-Type": "application/json" } });
}

/** Browsers may call from any origin: credentials are explicit headers, never cookies. */
function allowOrigin(request: Request, response: Response): void {
  const origin = request.headers.get("origin");
  if (origin === null) {
    return;
  }
  const { headers } = response;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Vary", "Origin");
  if (request.method === "OPTIONS") {
    headers.set("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    const requested = request.headers.get("access-control-request-headers");
    headers.set("Access-Control-Allow-Headers", requested ?? "authorization, content-type");
    headers.set("Access-Control-Max-Age", "86400");
  }
}
