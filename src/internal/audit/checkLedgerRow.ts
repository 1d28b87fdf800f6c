import { sha256Hex } from "#digests";
import { TOLERANCE_SECONDS } from "../../stripe/verify.ts";
import type { Doc } from "../_generated/dataModel.ts";
import { digestOf } from "../ledger/digest.ts";
import { type EventReading, readWhole } from "../ledger/eventReading.ts";
import { scopeOf } from "../ledger/ledger.ts";
import type { Finding } from "./finding.ts";

/** Makes the signatures of one secret. */
export interface Signer {
  hmacSha256Hex(message: string): string;
}

/** What is kept of an event beside its row. */
export interface KeptEvent {
  parts: readonly Doc<"eventBodies">[];
  reading: Doc<"eventReadings"> | null;
}

/** How far a row of the ledger was proven by what is kept of it. */
export interface CheckedRow {
  /** "hash_only": the secret that verified it is not known to the deployment any more. */
  proof: "signature" | "hash_only" | "body_dropped" | "none";
  /** Null when neither body nor reading can be used. */
  reading: EventReading | null;
  findings: Finding[];
}

/** The columns of a row that its body says as well. */
const COLUMNS = ["type", "createdSeconds", "apiVersion", "objectType", "objectId"] as const;

/**
 * Holds a row of the ledger against its body: SHA-256, signature at its own time, and every column that
 * the body says. Once the body was dropped, against the reading that took its place.
 *
 * @param signers by the fingerprint of their secret
 */
export function checkLedgerRow(
  row: Doc<"events">,
  { parts, reading }: KeptEvent,
  signers: ReadonlyMap<string, Signer>,
): CheckedRow {
  const body = parts.map(({ text }) => text).join("");
  if (body === "") {
    return reading === null ? withoutBody(row) : withReading(row, reading);
  }
  const isInOrder = parts.every(
    ({ eventId, part }, index) => eventId === row._id && part === index,
  );
  if (!isInOrder || sha256Hex(body) !== row.bodySha256) {
    return {
      proof: "none",
      reading: null,
      findings: [found("body_altered", row, "has a body that does not have its SHA-256")],
    };
  }
  const findings: Finding[] = [];
  const signer = signers.get(row.secretFingerprint);
  const signed = `${row.signatureTimestampSeconds}.${body}`;
  if (signer !== undefined && signer.hmacSha256Hex(signed) !== row.signature) {
    const by = `secret ${row.secretFingerprint}`;
    findings.push(found("signature_wrong", row, `has a signature that ${by} did not make`));
  }
  if (Math.abs(row.receivedAtMs / 1_000 - row.signatureTimestampSeconds) > TOLERANCE_SECONDS + 1) {
    findings.push(found("signature_wrong", row, "was received at another time than it was signed"));
  }
  const { event, reading: read } = readWhole(body);
  const told = { ...event, ...scopeOf(event), stripeEventId: event.id };
  for (const column of [...COLUMNS, "mode", "account", "stripeEventId"] as const) {
    if (told[column] !== row[column]) {
      findings.push(found("columns_differ", row, `does not say what its body says: ${column}`));
    }
  }
  const proof = signer === undefined ? "hash_only" : "signature";
  return { proof, reading: read, findings };
}

function withReading(row: Doc<"events">, kept: Doc<"eventReadings">): CheckedRow {
  const isWhole = kept.eventId === row._id && digestOf(kept) === kept.digest;
  return {
    proof: "body_dropped",
    reading: isWhole ? (JSON.parse(kept.reading) as EventReading) : null,
    findings: isWhole ? [] : [found("reading_altered", row, "has a reading that was changed")],
  };
}

function withoutBody(row: Doc<"events">): CheckedRow {
  const findings = [found("body_missing", row, "has neither a body nor a reading")];
  return { proof: "none", reading: null, findings };
}

function found(code: Finding["code"], row: Doc<"events">, what: string): Finding {
  return { code, table: "events", id: row._id, message: `(${row.stripeEventId}) ${what}.` };
}
