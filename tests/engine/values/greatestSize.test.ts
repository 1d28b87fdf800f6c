import { getConvexSize } from "convex/values";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { greatestSize } from "../../../src/engine/values/greatestSize.ts";
import { anyValue } from "./anyValue.ts";

it("is never less than what the package measures", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      expect(greatestSize(value)).toBeGreaterThanOrEqual(getConvexSize(value));
    }),
  );
});
