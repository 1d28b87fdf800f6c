import type { JSONValue } from "convex/values";
import type { Caller, Engine } from "../Engine.ts";
import { FunctionError, OverloadedError, RequestError } from "../errors.ts";
import type { FunctionType } from "../functions/FunctionRegistry.ts";
import { MAX_API_BODY_BYTES } from "../limits.ts";
import type { Log, Random } from "../ports.ts";
import { StoreError } from "../storage/SqlStore.ts";
import { type Authorization, type IsAdminKey, readAuthorization } from "./authorization.ts";
import { readBoundedText } from "./readBoundedText.ts";
import { readFormat, writeValue } from "./valueFormat.ts";

export interface ConvexHttpApiOptions {
  engine: Engine;
  isAdminKey: IsAdminKey;
  random: Random;
  log: Log;
}

/**
 * Convex's HTTP API, as `ConvexHttpClient` and the `convex` CLI speak it: `/api/query`, `/api/mutation`,
 * `/api/action`, `/api/function` (admin), `/version`, `/instance_name`. A function that failed is
 * answered with status 200 and `status: "error"`, as Convex does; everything else that is wrong is a
 * 4xx or 5xx `{code, message}`.
 *
 * @returns null for a path that is not of this API
 */
export function createConvexHttpApi(
  options: ConvexHttpApiOptions,
): (request: Request) => Promise<Response | null> {
  return async (request) => {
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
        : await answer(options, request, pathname);
    allowOrigin(request, response);
    return response;
  };
}

const TEXTS: Record<string, string> = { "/version": "unknown", "/instance_name": "tollgate" };

const FUNCTION_ENDPOINTS: Record<string, FunctionType | "any"> = {
  "/api/query": "Query",
  "/api/mutation": "Mutation",
  "/api/action": "Action",
  "/api/function": "any",
};

interface FunctionRequest {
  path: string;
  args: JSONValue;
  format: unknown;
}

async function answer(
  options: ConvexHttpApiOptions,
  request: Request,
  pathname: string,
): Promise<Response> {
  try {
    const type = Object.hasOwn(FUNCTION_ENDPOINTS, pathname)
      ? FUNCTION_ENDPOINTS[pathname]
      : undefined;
    if (type === undefined) {
      throw new RequestError(404, "NotFound", `There is no endpoint ${pathname}.`);
    }
    const header = request.headers.get("authorization");
    const authorization = readAuthorization(header, options.isAdminKey);
    const caller = callerOf(authorization, pathname);
    const call = await readCall(request, pathname);
    return await runFunction(options, call, type, caller);
  } catch (error) {
    return failure(options.log, error);
  }
}

/** @throws RequestError 403 BadDeployKey, 401 NoAuthProvider */
function callerOf(authorization: Authorization, pathname: string): Caller {
  if (authorization.type === "admin") {
    return { audience: "insider", identity: authorization.actingAs };
  }
  if (pathname === "/api/function") {
    throw new RequestError(
      403,
      "BadDeployKey",
      "The provided deploy key was invalid for this deployment. Double check that the environment this key was generated for matches the desired deployment.",
    );
  }
  if (authorization.type === "user") {
    throw new RequestError(
      401,
      "NoAuthProvider",
      "No auth provider found matching the given token (no providers configured). Check convex/auth.config.ts.",
    );
  }
  return { audience: "client", identity: null };
}

async function readCall(request: Request, pathname: string): Promise<FunctionRequest> {
  if (request.method === "GET" && pathname === "/api/query") {
    const parameters = new URL(request.url).searchParams;
    const args = parseJson(parameters.get("args") ?? "{}");
    return checkCall({ path: parameters.get("path"), args, format: parameters.get("format") });
  }
  if (request.method !== "POST") {
    throw new RequestError(405, "MethodNotAllowed", `${pathname} takes POST.`);
  }
  return checkCall(parseJson(await readBoundedText(request, MAX_API_BODY_BYTES)));
}

function checkCall(body: unknown): FunctionRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestError(400, "BadJsonBody", "The request body must be a JSON object.");
  }
  const { path, args, format } = body as Record<string, unknown>;
  if (typeof path !== "string") {
    throw new RequestError(400, "BadJsonBody", "`path` must name a function.");
  }
  const isWrapped = Array.isArray(args) && args.length <= 1;
  return { path, args: ((isWrapped ? args[0] : args) ?? {}) as JSONValue, format };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, "BadJsonBody", "The request is not valid JSON.");
  }
}

async function runFunction(
  { engine, random }: ConvexHttpApiOptions,
  call: FunctionRequest,
  type: FunctionType | "any",
  caller: Caller,
): Promise<Response> {
  const format = readFormat(call.format);
  try {
    const { valueText } = await engine.call(call.path, type, call.args, caller);
    return json(200, `{"status":"success","value":${writeValue(valueText, format)}}`);
  } catch (error) {
    if (!(error instanceof FunctionError)) {
      throw error;
    }
    const requestId = Array.from(random.fill(new Uint8Array(8)), hexByte).join("");
    const errorMessage = `[Request ID: ${requestId}] Server Error\n${error.message}\n`;
    const data =
      error.data === undefined
        ? ""
        : `,"errorData":${writeValue(JSON.stringify(error.data), format)}`;
    return json(200, `{"status":"error","errorMessage":${JSON.stringify(errorMessage)}${data}}`);
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

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
