import {
  type EventEnvelope,
  NotAnEventError,
  readEvent,
  type StripeEvent,
} from "../../stripe/event.ts";
import { type EventLinks, readLinks } from "../../stripe/readers/links.ts";
import { UnreadableObjectError } from "../../stripe/readers/UnreadableObjectError.ts";
import { readThinEvent } from "../../stripe/thinEvent.ts";
import type { Id } from "../_generated/dataModel.ts";
import { joinPlanIdClaims } from "../model/joinPlanIdClaims.ts";
import { type EventFact, readEventFact } from "./eventFact.ts";

/**
 * All that an event's effect is made from: what it points at, and what it says of its object. Plain JSON,
 * a function of the event alone, so the audit makes the same effect from it again, also when the body is
 * no longer kept. Holds ids, states, prices and times; no name, address or e-mail.
 */
export interface EventReading {
  links: EventLinks;
  /** Null for a type without a rule; "unreadable" when the rule could not read the object. */
  said: EventFact | null | "unreadable";
}

/** Reads a verified event. Which of the plans it names exist is asked later. */
export function readingOf(event: StripeEvent): EventReading {
  const links = readLinks(event);
  try {
    return { links, said: readEventFact(event, links.planIdClaims as Id<"plans">[]) };
  } catch (error) {
    if (error instanceof UnreadableObjectError) {
      return { links, said: "unreadable" };
    }
    throw error;
  }
}

/**
 * Reads a verified body whatever kind of event it is. A thin event says nothing itself: what was read for
 * it has a row of its own.
 *
 * @throws NotAnEventError `not_an_event`
 */
export function readWhole(body: string): { event: EventEnvelope; reading: EventReading } {
  try {
    const event = readEvent(body);
    return { event, reading: readingOf(event) };
  } catch (error) {
    if (!(error instanceof NotAnEventError && error.reason === "thin_event")) {
      throw error;
    }
    return { event: readThinEvent(body), reading: { links: NO_LINKS, said: null } };
  }
}

const NO_LINKS: EventLinks = {
  planIdClaims: [],
  customerId: null,
  subscriptionId: null,
  paymentIntentId: null,
  sessionId: null,
};

/** The reading for a database in which the event names these plans; other claims are dropped. */
export function withPlans(
  { links, said }: EventReading,
  planIds: readonly Id<"plans">[],
): EventReading {
  const planIdClaims = joinPlanIdClaims(planIds, []);
  return {
    links: { ...links, planIdClaims },
    said:
      said !== null && said !== "unreadable" && said.kind === "checkout.session"
        ? { ...said, fact: { ...said.fact, planIdClaims } }
        : said,
  };
}
