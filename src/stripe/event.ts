import * as z from "zod";
import { textOf } from "./readers/fields.ts";

/** The longest id of an event or account; Stripe documents that no object id exceeds 255 characters. */
export const EVENT_ID_MAX_LENGTH = 255;

/** The longest event type. Stripe documents no limit; the longest that stripe 23 knows has 70. */
export const EVENT_TYPE_MAX_LENGTH = 255;

/** What every event says of itself, whether it carries its object or only names it. */
export interface EventEnvelope {
  id: string;
  /** Such as `customer.subscription.updated`; new types appear at any time. */
  type: string;
  /** When the event was made, Unix seconds. Distinct events share it, so it does not order them. */
  createdSeconds: number;
  /** The version that the object is shaped by; `null` in old events and in thin ones. */
  apiVersion: string | null;
  /** False also when the event does not say: an unmarked event must not count as live. */
  livemode: boolean;
  /** The connected account that the event belongs to; `null` for one's own. */
  account: string | null;
  /** The kind of object that it is about, such as `subscription`. */
  objectType: string | null;
  /** That object's id; `null` where there is none, as in `invoice.upcoming`. */
  objectId: string | null;
}

/** A snapshot event, reduced to what Tollgate uses and independent of the API version's spelling. */
export interface StripeEvent extends EventEnvelope {
  /** `data.object` as it was when the event was made; for the readers to interpret. */
  object: Record<string, unknown>;
  /** `data.previous_attributes`: the former values of what changed. */
  previousAttributes: Record<string, unknown> | null;
}

/** Why a verified body is no event; for the operator, not for the answer to the sender. */
export type NotAnEventReason =
  | "invalid_json"
  /** A thin event (`v2.core.event`), which carries no object. */
  | "thin_event"
  /** JSON, but not an object that says it is an event. */
  | "other_object"
  /** Says it is an event, but a field of the envelope is missing or of a wrong type. */
  | "invalid_field";

/**
 * `not_an_event`: the body was verified but holds no snapshot event. The message is constant and may be
 * shown to the sender. `field` names the envelope field for `invalid_field`, never its value.
 */
export class NotAnEventError extends Error {
  readonly code = "not_an_event";
  override readonly name = "NotAnEventError";
  readonly reason: NotAnEventReason;
  readonly field: string | null;

  constructor(reason: NotAnEventReason, field: string | null = null) {
    super("The body of this delivery is not a Stripe event.");
    this.reason = reason;
    this.field = field;
  }
}

/**
 * Reads the envelope of a snapshot event from a body **whose signature was verified**. Every version
 * since 2012 is understood; what later versions added may be missing. Where hand-made events spell
 * `created` or `livemode` as text, the text counts.
 *
 * A byte-order mark before the JSON is skipped.
 *
 * Known fields are copied and the rest is dropped, so a key such as `__proto__` in the envelope, in
 * `object` or in `previousAttributes` itself reaches nobody; deeper values are the plain data that JSON
 * held and are for readers to pick from, not to merge.
 *
 * @throws NotAnEventError `not_an_event`
 */
export function readEvent(body: string): StripeEvent {
  const value = parseJson(body);
  const objectName = OBJECT_NAME.safeParse(value).data?.object;
  if (objectName === "v2.core.event") {
    throw new NotAnEventError("thin_event");
  }
  if (objectName !== "event") {
    throw new NotAnEventError("other_object");
  }
  const envelope = ENVELOPE.safeParse(value);
  if (!envelope.success) {
    throw new NotAnEventError("invalid_field", envelope.error.issues[0]?.path.join(".") ?? null);
  }
  const { id, type, created, livemode, api_version, account, user_id, data } = envelope.data;
  return {
    id,
    type,
    createdSeconds: created,
    apiVersion: api_version ?? null,
    livemode: livemode ?? false,
    account: account ?? user_id ?? null,
    object: data.object,
    objectType: textOf(data.object["object"]),
    objectId: textOf(data.object["id"]),
    previousAttributes: data.previous_attributes ?? null,
  };
}

const OBJECT_NAME = z.object({ object: z.string() });

const VISIBLE_ASCII = /^[!-~]+$/;
/** An id or a version. */
export const SHORT_TEXT = z.string().max(EVENT_ID_MAX_LENGTH).regex(VISIBLE_ASCII);
export const TYPE_TEXT = z.string().max(EVENT_TYPE_MAX_LENGTH).regex(VISIBLE_ASCII);
const RECORD = z.record(z.string(), z.unknown());

const ENVELOPE = z.object({
  id: SHORT_TEXT,
  type: TYPE_TEXT,
  created: z
    .union([
      z.int(),
      z
        .string()
        .regex(/^[0-9]{1,12}$/)
        .transform(Number),
    ])
    .pipe(z.int().nonnegative()),
  livemode: z
    .union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")])
    .nullish(),
  api_version: SHORT_TEXT.nullish(),
  account: SHORT_TEXT.nullish(),
  /** The name of `account` before API version 2017-05-25. */
  user_id: SHORT_TEXT.nullish(),
  data: z.object({ object: RECORD, previous_attributes: RECORD.nullish() }),
});

const BYTE_ORDER_MARK = "\uFEFF";

/** @throws NotAnEventError `invalid_json` */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body.startsWith(BYTE_ORDER_MARK) ? body.slice(1) : body);
  } catch {
    // The parser's message quotes the body.
    throw new NotAnEventError("invalid_json");
  }
}
