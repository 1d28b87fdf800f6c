import { afterAll, beforeAll, describe, test } from "vitest";
import type { Place, PlaceName } from "./Place.ts";
import { CONTRACT } from "./promises.ts";

/** The whole contract at one place. */
export function runContract(name: PlaceName, open: () => Promise<Place>): void {
  describe(`the contract on ${name}`, () => {
    let place: Place;
    beforeAll(async () => {
      place = await open();
    }, 60_000);
    afterAll(async () => await place.close());

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
