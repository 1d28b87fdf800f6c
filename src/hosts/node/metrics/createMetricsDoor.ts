import type { Engine } from "../../../engine/Engine.ts";
import { RequestError } from "../../../engine/errors.ts";
import { requireAdmin } from "../../../engine/http/requireAdmin.ts";
import type { GatewayMetrics } from "./GatewayMetrics.ts";

const PATH = "/metrics";

/**
 * `GET /metrics`, for whoever has an admin key of any role: `Authorization: Convex KEY`, or `Bearer KEY` as
 * Prometheus sends it. 401 with a wrong key, slowed as everywhere; 403 without one.
 *
 * @returns null for every other request
 */
export function createMetricsDoor(
  metrics: GatewayMetrics,
  engine: Engine,
): (request: Request, source: string) => Promise<Response> | null {
  return (request, source) =>
    request.method === "GET" && new URL(request.url).pathname === PATH
      ? answer(request, source, metrics, engine)
      : null;
}

async function answer(
  request: Request,
  source: string,
  metrics: GatewayMetrics,
  engine: Engine,
): Promise<Response> {
  try {
    await requireReader(request, source, engine);
  } catch (error) {
    if (!(error instanceof RequestError)) {
      throw error;
    }
    const { status, code, message } = error;
    const headers = status === 401 ? { "WWW-Authenticate": "Bearer" } : undefined;
    return Response.json({ code, message }, { status, ...(headers && { headers }) });
  }
  return new Response(await metrics.text(), {
    headers: { "Content-Type": metrics.contentType, "Cache-Control": "no-store" },
  });
}

/** @throws RequestError */
async function requireReader({ headers }: Request, source: string, engine: Engine): Promise<void> {
  const given = new Headers(headers);
  given.set("authorization", (headers.get("authorization") ?? "").replace(/^Bearer /i, "Convex "));
  try {
    requireAdmin(
      { headers: headers.has("authorization") ? given : headers },
      engine.adminKeys,
      "read",
    );
  } catch (error) {
    if (error instanceof RequestError && error.code === "BadAdminKey") {
      await engine.failedKeyTries.refused(source);
    }
    throw error;
  }
}
