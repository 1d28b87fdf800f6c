import type { Engine } from "../Engine.ts";
import { RequestError } from "../errors.ts";
import { parseFunctionPath } from "../functions/functionPath.ts";
import { MAX_BATCHED_QUERIES } from "../limits.ts";
import type { Random } from "../ports.ts";
import type { Caller } from "../runtime/Caller.ts";
import type { QueryCall } from "../sync/SnapshotQueries.ts";
import { parseTimestampText, timestampText } from "../sync/timestampText.ts";
import { type FunctionRequest, readFunctionRequest } from "./functionRequest.ts";
import { functionResult } from "./functionResult.ts";

/** Answers with JSON text. */
export type SnapshotEndpoint = (
  host: { engine: Engine; random: Random },
  body: unknown,
  caller: Caller,
) => Promise<string>;

/**
 * Convex's queries on a chosen snapshot: `query_ts` tells the newest timestamp, `query_at_ts` runs a
 * query as of one (`ConvexHttpClient.consistentQuery`), `query_batch` runs several as of the same.
 *
 * No old versions of documents are kept: `query_at_ts` fails with 503 when what it reads has changed
 * since, as Convex does for a timestamp that is too old. The client may ask for a newer one.
 */
export const SNAPSHOT_ENDPOINTS: Readonly<Record<string, SnapshotEndpoint>> = {
  "/api/query_ts": async ({ engine }) => JSON.stringify({ ts: timestampText(engine.timestamp) }),
  "/api/query_at_ts": queryAtTs,
  "/api/query_batch": queryBatch,
};

async function queryAtTs(
  { engine, random }: { engine: Engine; random: Random },
  body: unknown,
  caller: Caller,
): Promise<string> {
  const request = readFunctionRequest(body);
  const timestamp = parseTimestampText((body as Record<string, unknown>)["ts"]);
  if (timestamp === null || timestamp > engine.timestamp) {
    throw new RequestError(400, "BadTimestamp", "`ts` is no timestamp of this deployment.");
  }
  const run = await engine.queries.runAt(timestamp, queryCall(request), caller);
  if (run === null) {
    throw new RequestError(
      503,
      "InternalServerError",
      "Your request couldn't be completed. Try again later.",
    );
  }
  return functionResult(run.outcome, request.format, random);
}

async function queryBatch(
  { engine, random }: { engine: Engine; random: Random },
  body: unknown,
  caller: Caller,
): Promise<string> {
  const queries = (body as { queries?: unknown } | null)?.queries;
  if (!Array.isArray(queries) || queries.length > MAX_BATCHED_QUERIES) {
    throw new RequestError(
      400,
      "BadJsonBody",
      `\`queries\` must be an array of at most ${MAX_BATCHED_QUERIES} queries.`,
    );
  }
  const requests = queries.map(readFunctionRequest);
  const calls = requests.map(queryCall);
  const { runs } = await engine.queries.run(() => calls, caller);
  const results = runs.map(({ outcome }, i) =>
    functionResult(outcome, (requests[i] as FunctionRequest).format, random),
  );
  return `{"results":[${results.join(",")}]}`;
}

/** @throws RequestError BadConvexFunctionIdentifier */
function queryCall({ path, args }: FunctionRequest): QueryCall {
  parseFunctionPath(path);
  return { path, args, journal: null };
}
