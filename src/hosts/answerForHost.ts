import { type Engine, INSIDER } from "../engine/Engine.ts";

/** Convex's own text. */
const RUNNING = "This Convex deployment is running. See https://docs.convex.dev/.";

/**
 * What the host says where the hosted functions say nothing: `GET /` tells that a deployment runs, and
 * `GET /healthz` whether its store answers (200, otherwise 503).
 *
 * @param answer of the functions' HTTP actions; anything but a 404 passes
 */
export async function answerForHost(
  engine: Engine,
  request: Request,
  answer: Response,
): Promise<Response> {
  if (answer.status !== 404 || (request.method !== "GET" && request.method !== "HEAD")) {
    return answer;
  }
  switch (new URL(request.url).pathname) {
    case "/":
      return new Response(RUNNING);
    case "/healthz":
      return await health(engine);
    default:
      return answer;
  }
}

async function health(engine: Engine): Promise<Response> {
  try {
    const paginationOpts = { numItems: 1, cursor: null };
    await engine.call("_system/cli/tables", "Query", { paginationOpts }, INSIDER);
    return Response.json({ status: "ready" });
  } catch {
    return Response.json(
      { status: "unavailable" },
      { status: 503, headers: { "Retry-After": "1" } },
    );
  }
}
