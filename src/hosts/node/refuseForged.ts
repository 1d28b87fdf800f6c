import type { IncomingMessage, ServerResponse } from "node:http";
import { MAX_BODY_BYTES, textOf, verifiedEventOf } from "../../routes/webhook/delivery.ts";
import { refusals } from "../../routes/webhook/refusals.ts";
import { SignatureNotVerifiedError } from "../../stripe/SignatureNotVerifiedError.ts";
import type { SigningSecrets } from "../../stripe/signingSecrets.ts";
import type { RequestFilter } from "./httpServer.ts";

const WEBHOOK_PATH = "/stripe/webhook";

const REFUSAL = JSON.stringify(refusals.signature_not_verified);

/**
 * Refuses a forged delivery as the webhook route does, word for word, before anything else is woken for it.
 *
 * Only a way to save work: whatever is unusual in a request (another spelling of the path, a body without an
 * announced length, one that is too long or broke off) passes, and so does a genuine delivery; the route
 * decides about all of them.
 *
 * @param signingSecrets asked on each delivery; while it throws, everything passes
 * @param onRefused told of each delivery that was refused here, and how long that took
 */
export function refuseForged(
  signingSecrets: () => SigningSecrets,
  onRefused: (durationMs: number) => void,
): RequestFilter {
  return async (incoming, outgoing) => {
    if (!isDelivery(incoming)) {
      return false;
    }
    const startedMs = performance.now();
    const bytes = await wholeBody(incoming);
    if (bytes === null || !isForged(bytes, incoming, signingSecrets)) {
      return false;
    }
    onRefused(performance.now() - startedMs);
    refuse(outgoing);
    return true;
  };
}

function isDelivery({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === "POST" &&
    url === WEBHOOK_PATH &&
    typeof headers["stripe-signature"] === "string" &&
    Number(headers["content-length"]) <= MAX_BODY_BYTES
  );
}

/** Where the adapter looks for a body that was read before it. */
type Read = IncomingMessage & { rawBody?: Buffer };

/** Null when it broke off. */
function wholeBody(incoming: Read): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => {
      const [first = Buffer.alloc(0)] = chunks;
      incoming.rawBody = chunks.length > 1 ? Buffer.concat(chunks) : first;
      resolve(incoming.rawBody);
    });
    incoming.once("error", () => undefined);
    incoming.once("close", () => resolve(null));
  });
}

function isForged(
  bytes: Buffer,
  { headers }: IncomingMessage,
  signingSecrets: () => SigningSecrets,
): boolean {
  try {
    const body = textOf(bytes);
    const signatureHeader = String(headers["stripe-signature"]);
    verifiedEventOf({ body, signatureHeader }, { secrets: signingSecrets(), nowMs: Date.now() });
    return false;
  } catch (error) {
    return error instanceof SignatureNotVerifiedError;
  }
}

function refuse(outgoing: ServerResponse): void {
  outgoing.writeHead(400, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(REFUSAL),
  });
  outgoing.end(REFUSAL);
}
