import type { PortalSession } from "../entities.ts";

/** A customer portal session. */
export function newPortalSession(fields: {
  id: string;
  createdSeconds: number;
  customer: string;
  returnUrl: string | null;
  url: string;
}): PortalSession {
  return {
    id: fields.id,
    object: "billing_portal.session",
    configuration: "bpc_sandbox",
    created: fields.createdSeconds,
    customer: fields.customer,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: fields.returnUrl,
    url: fields.url,
  };
}
