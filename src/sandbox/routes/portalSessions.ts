import { z } from "zod";
import { text, webUrl } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { newPortalSession } from "../formatters/newPortalSession.ts";

/** `/v1/billing_portal/sessions`: one configuration, no flows. */
export const portalSessionRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/billing_portal/sessions",
    z.strictObject({ customer: text, return_url: webUrl.optional() }),
    (world, { customer, return_url }, { origin }) => {
      world.find("customers", customer, "customer", "customer");
      const id = world.newId("bps");
      const session = newPortalSession({
        id,
        createdSeconds: world.nowSeconds(),
        customer,
        returnUrl: return_url ?? null,
        url: `${origin}/portal/${id}`,
      });
      return world.insert("portalSessions", session, "billing_portal.session.created");
    },
  ),
];
