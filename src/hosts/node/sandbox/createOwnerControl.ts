import { z } from "zod";
import { readBoundedText } from "../../../engine/http/readBoundedText.ts";
import type { DevelopmentIssuer } from "./DevelopmentIssuer.ts";
import type { PlansOfOwners } from "./plansOfOwners.ts";

const MAX_BODY_BYTES = 4 * 1_024;
const ORDER = z.strictObject({ owner: z.string().trim().min(1).max(200) });

/**
 * What the sandbox has beside Stripe's imitation, because it runs with a gateway:
 *
 * - `GET /sandbox/issuer/jwks.json`: the public key of the development issuer
 * - `POST /sandbox/owners` `{"owner": "ann"}`: signs an owner in, and opens their plan, unpaid
 *
 * @returns null for every other request
 */
export function createOwnerControl(
  issuer: DevelopmentIssuer,
  plans: PlansOfOwners,
): (request: Request) => Promise<Response | null> {
  return async (request) => {
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case "GET /sandbox/issuer/jwks.json":
        return Response.json(issuer.jwks());
      case "POST /sandbox/owners":
        return await signIn(request, issuer, plans);
      default:
        return null;
    }
  };
}

async function signIn(
  request: Request,
  issuer: DevelopmentIssuer,
  plans: PlansOfOwners,
): Promise<Response> {
  // No page of another origin can send this type without asking first.
  if (request.headers.get("content-type")?.startsWith("application/json") !== true) {
    return refused(415, "content_type_invalid", "Send Content-Type: application/json.");
  }
  const order = ORDER.safeParse(await jsonOf(request));
  if (!order.success) {
    return refused(400, "owner_invalid", 'Send {"owner": "…"} with 1 to 200 characters.');
  }
  const { owner } = order.data;
  const { token, expiresAtSeconds } = await issuer.token(owner);
  const planId = await plans.open(owner);
  return Response.json({ owner, plan_id: planId, token, expires_at: expiresAtSeconds });
}

/** Null for what is no JSON, or too long. */
async function jsonOf(request: Request): Promise<unknown> {
  try {
    return JSON.parse(await readBoundedText(request, MAX_BODY_BYTES));
  } catch {
    return null;
  }
}

function refused(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}
