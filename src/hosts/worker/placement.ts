import type { EventEnvelope } from "../../stripe/event.ts";
import { modeOf, type StripeMode } from "../../stripe/mode.ts";

/** Whose events an object holds. */
export interface Place {
  /** Stripe's id of a connected account; null: the account that the endpoint belongs to. */
  readonly account: string | null;
  readonly mode: StripeMode;
}

/** An operator asks another object than {@link placeOfRequest} by it, beside the admin key. */
export const PLACE_HEADER = "Tollgate-Place";

/** The name of a place's object: `own:live`, `acct_1:test`. Two places never share one. */
export function objectName({ account, mode }: Place): string {
  return `${account ?? OWN}:${mode}`;
}

/** Where an event goes: by its account and mode, so that what one account sends slows no other down. */
export function placeOfEvent({ account, livemode }: EventEnvelope): Place {
  return { account, mode: modeOf(livemode) };
}

/** Connected accounts that may be listed at most; `*` allows any number. */
export const MAX_ALLOWED_ACCOUNTS = 1_000;

/** Whether events of this connected account may change its plans. @param allowed `TOLLGATE_ACCOUNTS` */
export function isAllowed(account: string, allowed: string | undefined): boolean {
  return allowed === "*" || (allowed?.split(",").includes(account) ?? false);
}

/** @returns null when the text names no place */
export function parsePlace(text: string): Place | null {
  const [, account, mode] = PLACE.exec(text) ?? [];
  return account === undefined
    ? null
    : { account: account === OWN ? null : account, mode: mode as StripeMode };
}

/** No id of Stripe is like it. */
const OWN = "own";

const PLACE = /^([A-Za-z0-9_]{1,255}):(test|live)$/;
