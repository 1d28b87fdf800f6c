import * as z from "zod";
import { type EventEnvelope, NotAnEventError, parseJson, SHORT_TEXT, TYPE_TEXT } from "./event.ts";

/** A thin event: it names the object that it is about, and says nothing of its state. */
export interface ThinEvent extends EventEnvelope {
  /** The snapshot event that tells the same with its object; `null` when there is none. */
  snapshotEventId: string | null;
}

/** Types of thin events begin with the API they are of, which snapshot events do not say. */
const V1_PREFIX = "v1.";

/**
 * Reads a thin event (`v2.core.event`) from a body **whose signature was verified**. Its `context` counts
 * as the account that it belongs to. Known fields are copied and the rest is dropped.
 *
 * @throws NotAnEventError `not_an_event`
 */
export function readThinEvent(body: string): ThinEvent {
  const value = parseJson(body);
  const envelope = ENVELOPE.safeParse(value);
  if (!envelope.success) {
    throw new NotAnEventError("invalid_field", envelope.error.issues[0]?.path.join(".") ?? null);
  }
  const { id, type, created, livemode, context, related_object, snapshot_event } = envelope.data;
  return {
    id,
    type,
    createdSeconds: Math.floor(Date.parse(created) / 1_000),
    apiVersion: null,
    livemode: livemode ?? false,
    account: context ?? null,
    objectType: related_object?.type ?? null,
    objectId: related_object?.id ?? null,
    snapshotEventId: snapshot_event ?? null,
  };
}

/** The type of the snapshot event that tells the same; `null` for events of other APIs than v1. */
export function snapshotType(type: string): string | null {
  return type.startsWith(V1_PREFIX) ? type.slice(V1_PREFIX.length) : null;
}

const ENVELOPE = z.object({
  object: z.literal("v2.core.event"),
  id: SHORT_TEXT,
  type: TYPE_TEXT,
  created: z.iso.datetime({ offset: true }),
  livemode: z.boolean().nullish(),
  context: SHORT_TEXT.nullish(),
  related_object: z.object({ id: SHORT_TEXT, type: TYPE_TEXT }).nullish(),
  snapshot_event: SHORT_TEXT.nullish(),
});
