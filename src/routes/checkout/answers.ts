import type { HonoWithConvex } from "convex-helpers/server/hono";
import type { Context, Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import type { ActionCtx } from "../../internal/_generated/server.ts";
import { readBoundedBody } from "../readBoundedBody.ts";
import { PAGE_HEADERS, page } from "./page.ts";

export type DoorContext = HonoWithConvex<ActionCtx> extends Hono<infer Env> ? Context<Env> : never;

/** Largest form or JSON of a door. */
const MAX_FORM_BYTES = 16 * 1_024;

const STATUS: Readonly<Record<string, 400 | 401 | 404 | 409 | 410 | 502 | 503>> = {
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
  stripe_refused: 502,
  stripe_unavailable: 503,
  stripe_key_missing: 503,
};

const REFUSAL = z.object({ data: z.object({ code: z.string(), message: z.string() }) });

/** A refusal as the client asked for it: JSON, or a page. Anything else that is thrown goes on. */
export function refused(c: DoorContext, error: unknown): Response | Promise<Response> {
  const parsed = REFUSAL.safeParse(error);
  const status = STATUS[parsed.data?.data.code ?? ""];
  if (!parsed.success || status === undefined) {
    throw error;
  }
  return refuse(c, parsed.data.data, status);
}

/** The door's own refusal of a request that it cannot read. */
export function requestInvalid(c: DoorContext): Response | Promise<Response> {
  return refuse(c, { code: "request_invalid", message: "This request cannot be read." }, 400);
}

function refuse(
  c: DoorContext,
  { code, message }: { code: string; message: string },
  status: 400 | 401 | 404 | 409 | 410 | 502 | 503,
): Response | Promise<Response> {
  if (status === 503) {
    c.header("Retry-After", "30");
  }
  if (wantsJson(c)) {
    return c.json({ code, message }, status);
  }
  const text = html`<p role="alert">${message}</p><p>Your plan is unchanged. <small>${code}</small></p>`;
  return c.html(page("This did not work", text), status, PAGE_HEADERS);
}

/** Whether the client would rather have JSON than a page. */
export function wantsJson(c: DoorContext): boolean {
  const accept = c.req.header("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/** The fields of a form or of a JSON object; null when there is neither, or more than a door takes. */
export async function readFields(c: DoorContext): Promise<unknown> {
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
