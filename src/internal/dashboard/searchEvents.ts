import type { PaginationOptions, PaginationResult } from "convex/server";
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../_generated/dataModel.ts";
import type { DatabaseReader } from "../_generated/server.ts";
import { findEvent, ownScope } from "../plan/findPlan.ts";
import { eventStatus } from "../tables/values.ts";

/** Rows that one page looks at. A page may hold none and still not be the last. */
const MAX_LOOKED_AT = 2_000;

/** Events that wait for the link of one object and are shown. */
const MAX_WAITING = 200;

/** Above every character of an id. */
const LAST_CHARACTER = "\uffff";

/** Which events an operator looks for; all that is given must hold. */
export const eventFilter = v.object({
  /**
   * An id, or how it begins: of an event, of the object that an event is about, of a customer (everything
   * that belongs to it or waits for it), a plan's or an owner's.
   */
  of: v.optional(v.string()),
  type: v.optional(v.string()),
  status: v.optional(eventStatus),
  /** Received from then on, and before. */
  fromMs: v.optional(v.number()),
  toMs: v.optional(v.number()),
});

export type EventFilter = Infer<typeof eventFilter>;

/** An event as a list shows it. */
export type ListedEvent = Pick<
  Doc<"events">,
  | "_id"
  | "stripeEventId"
  | "type"
  | "status"
  | "statusReason"
  | "objectId"
  | "planId"
  | "provenance"
  | "createdSeconds"
  | "receivedAtMs"
  | "attempts"
>;

/** A page of events, newest first; of ids that begin alike, by the id. */
export async function searchEvents(
  db: DatabaseReader,
  filter: EventFilter,
  paginationOpts: PaginationOptions,
): Promise<PaginationResult<ListedEvent>> {
  const of = filter.of?.trim() ?? "";
  const place = of === "" ? ({ among: "all" } as const) : await placeOf(db, of);
  if (place.among === "these") {
    const page = place.events.filter((event) => matches(event, filter)).map(listed);
    return { page, isDone: true, continueCursor: "" };
  }
  const found = await candidates(db, filter, place)
    .filter((q) =>
      q.and(
        filter.type === undefined ? true : q.eq(q.field("type"), filter.type),
        filter.status === undefined ? true : q.eq(q.field("status"), filter.status),
        q.gte(q.field("_creationTime"), filter.fromMs ?? 0),
        q.lt(q.field("_creationTime"), filter.toMs ?? Number.MAX_SAFE_INTEGER),
      ),
    )
    .paginate({ ...paginationOpts, maximumRowsRead: MAX_LOOKED_AT });
  return { ...found, page: found.page.map(listed) };
}

/** Where in the ledger the events lie that an id means. */
type Place =
  | { among: "all" }
  | { among: "plan"; planId: Id<"plans"> }
  | { among: "events" | "objects"; prefix: string }
  | { among: "these"; events: Doc<"events">[] };

async function placeOf(db: DatabaseReader, of: string): Promise<Place> {
  const planId = db.normalizeId("plans", of);
  if (planId !== null) {
    return { among: "plan", planId };
  }
  const event = await findEvent(db, of);
  if (event !== null) {
    return { among: "these", events: [event] };
  }
  if (of.startsWith("evt_")) {
    return { among: "events", prefix: of };
  }
  return (
    (of.startsWith("cus_") ? await placeOfCustomer(db, of) : await placeOfOwner(db, of)) ?? {
      among: "objects",
      prefix: of,
    }
  );
}

async function placeOfOwner(db: DatabaseReader, ownerId: string): Promise<Place | null> {
  const plan = await db
    .query("plans")
    .withIndex("by_owner", (q) => q.eq("ownerId", ownerId))
    .unique();
  return plan === null ? null : { among: "plan", planId: plan._id };
}

/** A customer's events are its plan's, or those that wait for its link. */
async function placeOfCustomer(db: DatabaseReader, customerId: string): Promise<Place | null> {
  const { mode, account } = ownScope();
  const links = await db
    .query("links")
    .withIndex("by_object", (q) =>
      q.eq("mode", mode).eq("account", account).eq("objectId", customerId),
    )
    .unique();
  const planId = links?.planIds[0];
  if (planId !== undefined) {
    return { among: "plan", planId };
  }
  const waiting = await db
    .query("unlinkedEvents")
    .withIndex("by_object", (q) =>
      q.eq("mode", mode).eq("account", account).eq("objectId", customerId),
    )
    .order("desc")
    .take(MAX_WAITING);
  const events = await Promise.all(waiting.map(({ eventId }) => db.get(eventId)));
  return waiting.length === 0
    ? null
    : { among: "these", events: events.filter((event) => event !== null) };
}

/** The narrowest index range that holds all that is looked for. */
function candidates(
  db: DatabaseReader,
  { type, status, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: EventFilter,
  place: Exclude<Place, { among: "these" }>,
) {
  const events = db.query("events");
  switch (place.among) {
    case "events": {
      const { mode, account } = ownScope();
      return events
        .withIndex("by_stripe_event", (q) =>
          q
            .eq("mode", mode)
            .eq("account", account)
            .gte("stripeEventId", place.prefix)
            .lt("stripeEventId", place.prefix + LAST_CHARACTER),
        )
        .order("asc");
    }
    case "objects":
      return events
        .withIndex("by_object", (q) =>
          q.gte("objectId", place.prefix).lt("objectId", place.prefix + LAST_CHARACTER),
        )
        .order("asc");
    case "plan":
      return events
        .withIndex("by_plan", (q) =>
          q.eq("planId", place.planId).gte("_creationTime", fromMs).lt("_creationTime", toMs),
        )
        .order("desc");
    case "all":
      break;
  }
  if (status !== undefined && status !== "applied" && status !== "recorded") {
    return events.withIndex("by_status", (q) => q.eq("status", status)).order("desc");
  }
  return type === undefined
    ? events
        .withIndex("by_creation_time", (q) =>
          q.gte("_creationTime", fromMs).lt("_creationTime", toMs),
        )
        .order("desc")
    : events
        .withIndex("by_type", (q) =>
          q.eq("type", type).gte("_creationTime", fromMs).lt("_creationTime", toMs),
        )
        .order("desc");
}

function matches(
  event: Doc<"events">,
  { type, status, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: EventFilter,
): boolean {
  return (
    (type ?? event.type) === event.type &&
    (status ?? event.status) === event.status &&
    event._creationTime >= fromMs &&
    event._creationTime < toMs
  );
}

function listed(event: Doc<"events">): ListedEvent {
  const { _id, stripeEventId, type, status, statusReason, objectId, planId } = event;
  const { provenance, createdSeconds, receivedAtMs, attempts } = event;
  return {
    ...{ _id, stripeEventId, type, status, statusReason, objectId, planId },
    ...{ provenance, createdSeconds, receivedAtMs, attempts },
  };
}
