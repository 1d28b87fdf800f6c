import { describe, expect, test } from "vitest";
import { tollgate } from "../support/tollgateCli.ts";

describe("M8 without a sandbox", () => {
  test.each([["trigger", "invoice.paid"], ["listen"], ["clock", "advance", "30d"]])(
    "tollgate %s says so",
    async (...args) => {
      const { code, stderr } = await tollgate([...args, "--sandbox", "http://127.0.0.1:9"]);
      expect(code).toBe(3);
      expect(stderr).toContain("no sandbox runs at http://127.0.0.1:9");
    },
  );

  test("what cannot be triggered is wrong usage", async () => {
    const { code, stderr } = await tollgate(["trigger", "invoice.made_up"]);
    expect(code).toBe(2);
    expect(stderr).toContain("invoice.made_up cannot be triggered");
  });
});
