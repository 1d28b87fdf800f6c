import { parseClientMessage } from "../../src/engine/sync/clientMessage.ts";
import { FatalSyncError } from "../../src/engine/sync/FatalSyncError.ts";
import { decodeCursor, encodeCursor } from "../../src/engine/transaction/cursor.ts";
import { readOwnerToken, signOwnerToken } from "../../src/internal/checkout/ownerToken.ts";
import { readingOf } from "../../src/internal/ledger/eventReading.ts";
import { NotAnEventError } from "../../src/stripe/event.ts";
import { SignatureNotVerifiedError } from "../../src/stripe/SignatureNotVerifiedError.ts";
import { parseSigningSecrets } from "../../src/stripe/signingSecrets.ts";
import { verifyDelivery, verifyThinDelivery } from "../../src/stripe/verify.ts";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  stripeEvent,
  subscription,
  TEST_SIGNING_SECRET,
  thinEvent,
} from "../../tests/fixtures/stripe.ts";
import { historyOf } from "../../tests/support/ledgers.ts";
import { type FuzzTarget, shownInput } from "./FuzzTarget.ts";
import type { Mutator } from "./Mutator.ts";

const secrets = parseSigningSecrets(TEST_SIGNING_SECRET);
const timestampSeconds = 1_793_491_200;
const clocked = { secrets, nowMs: timestampSeconds * 1_000 };
const EVENTS: JsonObject[] = [
  ...historyOf("plan_ann", "plan_bob"),
  stripeEvent("checkout.session.completed", checkoutSession()),
  thinEvent("v1.customer.subscription.active", subscription()),
];
const SIGNED = deliveryOf(EVENTS[0] as JsonObject, { timestampSeconds });

/** Inputs between turns of the event loop. */
const TOGETHER = 5_000;

/** Signature headers: none but the true one verifies. */
export const signatureHeaders = parser("signature headers", (mutator) => {
  const signatureHeader = mutator.text(SIGNED.signatureHeader);
  return {
    input: signatureHeader,
    run: () => {
      const { evidence } = verifyDelivery({ ...SIGNED, signatureHeader }, clocked);
      return SIGNED.signatureHeader.endsWith(evidence.signature)
        ? null
        : "verified by another signature";
    },
    mayThrow: [SignatureNotVerifiedError],
  };
});

/** Bodies that are truly signed: read, or refused as no event. */
export const signedBodies = parser("signed bodies", (mutator) => {
  const body = mutator.json(mutator.one(EVENTS));
  return {
    input: body,
    run: () => {
      const signed = deliveryOf(body, { timestampSeconds });
      if (body.includes("v2.core.event")) {
        verifyThinDelivery(signed, clocked);
      } else {
        readingOf(verifyDelivery(signed, clocked).event);
      }
      return ({} as JsonObject)["isAdmin"] === undefined ? null : "polluted a prototype";
    },
    // Half a surrogate pair cannot be signed.
    mayThrow: [NotAnEventError, SignatureNotVerifiedError],
  };
});

/** Bodies that differ from the signed one: none verifies. */
export const changedBodies = parser("changed bodies", (mutator) => {
  const body = mutator.text(SIGNED.body);
  return {
    input: body,
    run: () => {
      verifyDelivery({ ...SIGNED, body }, clocked);
      return body === SIGNED.body ? null : "a changed body was verified";
    },
    mayThrow: [SignatureNotVerifiedError],
  };
});

const MESSAGES = [
  { type: "Connect", sessionId: "00000000-0000-4000-8000-000000000000", connectionCount: 0 },
  { type: "Authenticate", baseVersion: 0, tokenType: "Admin", value: "key" },
  { type: "Authenticate", baseVersion: 0, tokenType: "User", value: "a.b.c" },
  {
    type: "ModifyQuerySet",
    baseVersion: 0,
    newVersion: 1,
    modifications: [{ type: "Add", queryId: 0, udfPath: "health:ready", args: [{}] }],
  },
  { type: "Mutation", requestId: 0, udfPath: "plans:open", args: [{ ownerId: "ann" }] },
  { type: "Action", requestId: 0, udfPath: "plans:upgrade", args: [{ plan: "professional" }] },
  { type: "Event", eventType: "ClientConnect", event: null },
];

/** A message of the sync protocol that is almost right. */
export function almostMessage(mutator: Mutator): string {
  return mutator.json(mutator.one(MESSAGES));
}

export const syncMessages = parser("sync messages", (mutator) => {
  const message = almostMessage(mutator);
  return {
    input: message,
    run: () => {
      parseClientMessage(message);
      return null;
    },
    mayThrow: [FatalSyncError],
  };
});

const QUERY = {
  source: { type: "FullTableScan", tableName: "events", order: null },
  operators: [],
};
const CURSOR = encodeCursor(QUERY as never, { after: new Uint8Array([1, 2, 3, 250]) });

export const cursors = parser("cursors", (mutator) => {
  const cursor = mutator.text(CURSOR);
  return {
    input: cursor,
    run: () => {
      const position = decodeCursor(QUERY as never, cursor);
      const isSame = position !== null && encodeCursor(QUERY as never, position) === cursor;
      return position === null || isSame ? null : "read as another position";
    },
    mayThrow: [],
  };
});

const LINK_SECRET = "link secret of the fuzzer 0123456789abcdef";
const LINK = signOwnerToken(
  "link",
  {
    ownerId: "ann",
    plan: "professional",
    interval: "month",
    expiresAtSeconds: timestampSeconds + 60,
  },
  LINK_SECRET,
);

export const checkoutLinks = parser("checkout links", (mutator) => {
  const link = mutator.text(LINK);
  return {
    input: link,
    run: () => {
      const read = readOwnerToken("link", link, [LINK_SECRET], timestampSeconds);
      return typeof read === "string" || link === LINK ? null : "a changed link was taken";
    },
    mayThrow: [],
  };
});

interface Attempt {
  readonly input: string;
  /** @returns what is wrong, or null */
  run(): string | null;
  readonly mayThrow: readonly (abstract new (...args: never[]) => Error)[];
}

function parser(name: string, attempt: (mutator: Mutator) => Attempt): FuzzTarget {
  return {
    name,
    send: async (count, mutator, told) => {
      const flaws: string[] = [];
      for (let done = 0; done < count; done += TOGETHER) {
        const together = Math.min(TOGETHER, count - done);
        for (let i = 0; i < together; i++) {
          const flaw = flawOf(attempt(mutator));
          if (flaw !== null) {
            flaws.push(flaw);
          }
        }
        told(together);
        await new Promise((resolve) => setImmediate(resolve));
      }
      return flaws;
    },
  };
}

function flawOf({ input, run, mayThrow }: Attempt): string | null {
  try {
    const flaw = run();
    return flaw === null ? null : `${flaw}: ${shownInput(input)}`;
  } catch (error) {
    return mayThrow.some((type) => error instanceof type)
      ? null
      : `threw ${String(error)}: ${shownInput(input)}`;
  }
}
