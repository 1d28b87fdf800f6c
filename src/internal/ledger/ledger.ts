import type { WithoutSystemFields } from "convex/server";
import { sha256Hex } from "#digests";
import type { EventEnvelope } from "../../stripe/event.ts";
import { modeOf } from "../../stripe/mode.ts";
import type { VerifiedEvent, VerifiedThinEvent } from "../../stripe/verify.ts";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { ownAccount, stripeMode } from "../environment.ts";
import type { PaymentDatabase } from "../guard/paymentDatabase.ts";
import { refusal } from "../refusal.ts";
import { type EventReading, readWhole } from "./eventReading.ts";
import { appendToChain } from "./ledgerChain.ts";
import { type EventStanding, standingDigestOf } from "./standing.ts";

declare const inLedger: unique symbol;

/** A row of the ledger: an event that was verified. Made only by this module. */
export type LedgerEvent = Doc<"events"> & { readonly [inLedger]: true };

/** Where the ids of an event's objects are unique. */
export interface Scope {
  mode: "test" | "live";
  /** "" is the account that the endpoint belongs to. */
  account: string;
}

export type EventStatus = Doc<"events">["status"];

/** Characters of body text in one document: at most 768 KiB of UTF-8, under Convex's 1 MiB. */
const BODY_PART_CHARACTERS = 256 * 1024;

export function scopeOf(event: EventEnvelope): Scope {
  return { mode: modeOf(event.livemode), account: event.account ?? "" };
}

export function scopeOfRow({ mode, account }: Scope): Scope {
  return { mode, account };
}

/** The row of an event that was delivered before, or null. */
export async function findDelivered(
  db: DatabaseReader,
  event: EventEnvelope,
): Promise<Doc<"events"> | null> {
  const { mode, account } = scopeOf(event);
  return await db
    .query("events")
    .withIndex("by_stripe_event", (q) =>
      q.eq("mode", mode).eq("account", account).eq("stripeEventId", event.id),
    )
    .unique();
}

/** Writes a verified event and its body into the ledger. The caller has made sure that it is new. */
export async function addToLedger(
  db: PaymentDatabase,
  verified: VerifiedEvent | VerifiedThinEvent,
  standing: EventStanding,
): Promise<LedgerEvent> {
  const { event, evidence, body } = verified;
  const linked = await appendToChain(db, {
    ...scopeOf(event),
    stripeEventId: event.id,
    type: event.type,
    createdSeconds: event.createdSeconds,
    apiVersion: event.apiVersion,
    objectType: event.objectType,
    objectId: event.objectId,
    receivedAtMs: Date.now(),
    isThin: "snapshotEventId" in event,
    provenance: evidence.provenance,
    signatureTimestampSeconds: evidence.signatureTimestampSeconds,
    signature: evidence.signature,
    secretFingerprint: evidence.secretFingerprint,
    bodySha256: evidence.bodySha256,
  });
  const standingDigest = standingDigestOf(linked.link, standing);
  const row: WithoutSystemFields<Doc<"events">> = { ...linked, ...standing, standingDigest };
  const eventId = await db.insert("events", row);
  for (const [part, text] of bodyParts(body).entries()) {
    await db.insert("eventBodies", { eventId, part, text });
  }
  return { ...row, _id: eventId, _creationTime: 0 } as LedgerEvent;
}

/**
 * The body of a row, known to be the one that was verified.
 *
 * @throws ConvexError `event_body_unavailable` when it is not: it was dropped, or somebody changed it
 */
export async function requireBody(db: DatabaseReader, row: LedgerEvent): Promise<string> {
  const body = await readBody(db, row._id);
  if (sha256Hex(body) !== row.bodySha256) {
    throw refusal("event_body_unavailable", "The body of this event is not what was verified.");
  }
  return body;
}

/** The body of an event in the ledger, word for word; "" once it was dropped. */
export async function readBody(db: DatabaseReader, eventId: Id<"events">): Promise<string> {
  const parts = await bodyPartsOf(db, eventId);
  return parts.map(({ text }) => text).join("");
}

/** The documents that hold an event's body, in order; none once it was dropped. */
export async function bodyPartsOf(
  db: DatabaseReader,
  eventId: Id<"events">,
): Promise<Doc<"eventBodies">[]> {
  return await db
    .query("eventBodies")
    .withIndex("by_event", (q) => q.eq("eventId", eventId))
    .collect();
}

/** What was understood of an event in the ledger: from its body, or as kept when that was dropped. */
export async function readAgain(db: DatabaseReader, eventId: Id<"events">): Promise<EventReading> {
  const body = await readBody(db, eventId);
  if (body !== "") {
    return readWhole(body).reading;
  }
  const kept = await keptReading(db, eventId);
  if (kept === null) {
    throw refusal("event_not_found", "Neither the body of this event nor a reading of it is kept.");
  }
  return JSON.parse(kept.reading) as EventReading;
}

/** The reading that took the place of a body, or null while the body is kept. */
export async function keptReading(
  db: DatabaseReader,
  eventId: Id<"events">,
): Promise<Doc<"eventReadings"> | null> {
  return await db
    .query("eventReadings")
    .withIndex("by_event", (q) => q.eq("eventId", eventId))
    .unique();
}

/**
 * The event with this id, whatever became of it: the ledger's own id, or Stripe's in the deployment's
 * mode and account.
 *
 * @throws ConvexError `event_not_found`
 */
export async function requireLedgerEvent(
  db: DatabaseReader,
  eventId: string,
): Promise<LedgerEvent> {
  const id = db.normalizeId("events", eventId);
  const event =
    id === null
      ? await db
          .query("events")
          .withIndex("by_stripe_event", (q) =>
            q.eq("mode", stripeMode()).eq("account", ownAccount()).eq("stripeEventId", eventId),
          )
          .unique()
      : await db.get(id);
  if (event === null) {
    throw refusal("event_not_found", "No verified event with this id is in the ledger.");
  }
  return event as LedgerEvent;
}

/**
 * As {@link requireLedgerEvent}, if the event was applied.
 *
 * @throws ConvexError `event_not_found`, `event_not_applied`
 */
export async function requireAppliedEvent(
  db: DatabaseReader,
  eventId: string,
): Promise<LedgerEvent> {
  const event = await requireLedgerEvent(db, eventId);
  if (event.status !== "applied") {
    const because = event.statusReason === null ? "" : ` (${event.statusReason})`;
    throw refusal("event_not_applied", `The event is ${event.status}${because}, not applied.`);
  }
  return event;
}

/** The applied event with this id of Stripe's, or null. */
export async function findApplied(
  db: DatabaseReader,
  { mode, account }: Scope,
  stripeEventId: string,
): Promise<LedgerEvent | null> {
  const event = await db
    .query("events")
    .withIndex("by_stripe_event", (q) =>
      q.eq("mode", mode).eq("account", account).eq("stripeEventId", stripeEventId),
    )
    .unique();
  return event?.status === "applied" ? (event as LedgerEvent) : null;
}

/** Cuts between characters, never inside a surrogate pair, which no document could hold. */
function bodyParts(body: string): string[] {
  const parts: string[] = [];
  let start = 0;
  while (start < body.length) {
    let end = Math.min(start + BODY_PART_CHARACTERS, body.length);
    const isHighSurrogate = (body.charCodeAt(end - 1) & 0xfc00) === 0xd800;
    if (isHighSurrogate && end < body.length) {
      end--;
    }
    parts.push(body.slice(start, end));
    start = end;
  }
  return parts;
}
