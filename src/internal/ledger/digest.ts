import { sha256Hex } from "#digests";
import { canonicalJson } from "../model/canonicalJson.ts";

const NOT_DIGESTED: ReadonlySet<string> = new Set(["digest", "jobId"]);

/**
 * The digest of a row, or of some of its fields: SHA-256 of them in canonical JSON, without a digest,
 * without what the database adds (`_id`, `_creationTime`) and without `jobId`, as jobs stay behind when
 * documents move, behind the digest of the row before it.
 *
 * It shows every accident and every change by somebody who does not know about it. Whoever rewrites all
 * digests that follow is found by what the row is compared with, or not at all.
 *
 * @param previous the digest before it in the same chain; "" for the first row, or where there is no chain
 */
export function digestOf(row: object, previous = ""): string {
  const fields = Object.entries(row).filter(
    ([field]) => !NOT_DIGESTED.has(field) && !field.startsWith("_"),
  );
  return sha256Hex(canonicalJson([previous, Object.fromEntries(fields)]));
}
