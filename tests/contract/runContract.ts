import { afterAll, beforeAll, describe, test } from "vitest";
import { CONTRACT } from "./contract.ts";
import { type OutsideWorld, openOutsideWorld } from "./OutsideWorld.ts";
import type { Place, PlaceName } from "./Place.ts";

/** The whole contract at one place. */
export function runContract(
  name: PlaceName,
  open: (outside: OutsideWorld) => Promise<Place>,
): void {
  describe(`the contract on ${name}`, () => {
    let place: Place;
    beforeAll(async () => {
      const outside = await openOutsideWorld();
      place = await open(outside);
      outside.stripe.nowMs = () => place.nowMs();
    }, 60_000);
    afterAll(async () => {
      await place.close();
      await place.outside.close();
    });

    for (const { promises, what, skipped, run } of CONTRACT) {
      const reason = skipped?.[name];
      const title = `${promises.join(" ")} ${what}`;
      if (reason === undefined) {
        test(title, () => run(place));
      } else {
        test.skip(`${title} (skipped: it ${reason})`, () => undefined);
      }
    }
  });
}
