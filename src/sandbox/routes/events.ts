import { z } from "zod";
import { page } from "../api/page.ts";
import { flag, inRange, list, paging, range, text } from "../api/parameters.ts";
import { type Route, route } from "../api/Route.ts";
import { invalidRequest } from "../StripeError.ts";

const MOST_TYPES = 20;

/** `/v1/events`. */
export const eventRoutes: readonly Route[] = [
  route(
    "GET",
    "/v1/events",
    z.strictObject({
      ...paging,
      type: text.optional(),
      types: list(text, MOST_TYPES).optional(),
      created: range.optional(),
      delivery_success: flag.optional(),
    }),
    (world, { type, types, created, delivery_success, ...paged }) => {
      if (type !== undefined && types !== undefined) {
        throw invalidRequest("You may only specify one of these parameters: type, types.", {
          param: "type",
        });
      }
      const wanted = types ?? (type === undefined ? undefined : [type]);
      const events = world.store
        .all("events")
        .filter(
          (event) =>
            (wanted?.some((pattern) => matches(pattern, event.type)) ?? true) &&
            inRange(event.created, created) &&
            (delivery_success === undefined || (event.pending_webhooks === 0) === delivery_success),
        );
      return page("/v1/events", events, paged);
    },
  ),

  route("GET", "/v1/events/:id", z.strictObject({}), (world, _given, { id }) =>
    world.find("events", id, "event"),
  ),
];

/** `charge.*` stands for every type that begins with `charge.`. */
function matches(pattern: string, type: string): boolean {
  return pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
