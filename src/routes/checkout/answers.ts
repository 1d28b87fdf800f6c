import type { HonoWithConvex } from "convex-helpers/server/hono";
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { internal } from "../../internal/_generated/api.ts";
import type { ActionCtx } from "../../internal/_generated/server.ts";
import { readBoundedBody } from "../readBoundedBody.ts";
import { PAGE_HEADERS, page } from "./page.ts";

export type DoorContext = HonoWithConvex<ActionCtx> extends Hono<infer Env> ? Context<Env> : never;

/** Largest form or JSON of a door. */
const MAX_FORM_BYTES = 16 * 1_024;

const STATUS = {
  not_signed_in: 401,
  link_invalid: 400,
  link_expired: 410,
  request_invalid: 400,
  plan_not_offered: 400,
  seats_invalid: 400,
  owner_id_invalid: 400,
  origin_not_allowed: 400,
  price_not_found: 404,
  customer_not_found: 404,
  checkout_busy: 409,
  subscription_exists: 409,
  already_bought: 409,
  payment_pending: 409,
  too_many_objects: 409,
  too_many_requests: 429,
  price_mismatch: 502,
  stripe_refused: 502,
  stripe_unavailable: 503,
  stripe_key_missing: 503,
} as const;

type Status = (typeof STATUS)[keyof typeof STATUS];

/** After how many seconds it is worth trying again. */
const RETRY_AFTER: Partial<Record<Status, string>> = { 429: "600", 503: "5" };

/** Who is sent where, and why not, is nobody else's business. */
const NOT_KEPT = { "Cache-Control": "no-store" };

const REFUSAL = z.object({ data: z.object({ code: z.string(), message: z.string() }) });

/**
 * The `POST` of a door: does what the fields of its form or JSON ask for, and leads on with 303; a client that
 * asks for JSON is told the address. A refusal of `open` is answered as such.
 */
export async function leadOn<Fields, Destination extends { url: string }>(
  c: DoorContext,
  fields: z.ZodType<Fields>,
  open: (given: Fields) => Promise<Destination>,
): Promise<Response> {
  const parsed = fields.safeParse(await readFields(c));
  if (!parsed.success) {
    return await refuse(c, REQUEST_INVALID, STATUS.request_invalid);
  }
  try {
    await requireOrigin(c);
    const destination = await open(parsed.data);
    c.header("Cache-Control", NOT_KEPT["Cache-Control"]);
    return wantsJson(c) ? c.json({ ...destination }) : c.redirect(destination.url, 303);
  } catch (error) {
    return await refused(c, error);
  }
}

const REQUEST_INVALID = { code: "request_invalid", message: "This request cannot be read." };

/** A refusal as the client asked for it: JSON, or a page. Anything else that is thrown goes on. */
export function refused(c: DoorContext, error: unknown): Response | Promise<Response> {
  const parsed = REFUSAL.safeParse(error);
  if (!parsed.success || !isKnown(parsed.data.data.code)) {
    throw error;
  }
  const { code, message } = parsed.data.data;
  return refuse(c, { code, message }, STATUS[code]);
}

function isKnown(code: string): code is keyof typeof STATUS {
  return Object.hasOwn(STATUS, code);
}

function refuse(
  c: DoorContext,
  { code, message }: { code: string; message: string },
  status: Status,
): Response | Promise<Response> {
  const retryAfter = RETRY_AFTER[status];
  if (retryAfter !== undefined) {
    c.header("Retry-After", retryAfter);
  }
  if (wantsJson(c)) {
    return c.json({ code, message }, status, NOT_KEPT);
  }
  const text = html`<p role="alert">${message}</p><p>Your plan is unchanged. <small>${code}</small></p>`;
  return c.html(page("This did not work", text), status, PAGE_HEADERS);
}

/**
 * A browser says from where a form comes: only pages of our own and of configured origins may send one, or
 * any page could have its visitor pay for somebody else's plan. Servers say nothing.
 *
 * @throws ConvexError `origin_not_allowed`
 */
async function requireOrigin(c: DoorContext): Promise<void> {
  const origin = c.req.header("origin");
  if (origin !== undefined) {
    await c.env.runQuery(internal.checkout.requireOrigin, { origin });
  }
}

/** Whether the client would rather have JSON than a page. */
function wantsJson(c: DoorContext): boolean {
  const accept = c.req.header("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/** The fields of a form or of a JSON object; null when there is neither, or more than a door takes. */
async function readFields(c: DoorContext): Promise<unknown> {
  try {
    const bytes = await readBoundedBody(c.req.raw, MAX_FORM_BYTES);
    if (bytes === null) {
      return null;
    }
    const text = new TextDecoder().decode(bytes);
    return c.req.header("content-type")?.startsWith("application/json") === true
      ? JSON.parse(text)
      : Object.fromEntries(new URLSearchParams(text));
  } catch {
    return null;
  }
}
