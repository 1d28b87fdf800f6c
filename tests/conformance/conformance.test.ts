import { describe, expect, test } from "vitest";
import { convexTest } from "../../src/testing/convexTest.ts";
import { conformanceCases } from "./cases/conformanceCases.ts";
import type { Deployment } from "./conformanceCase.ts";
import { conformanceModules } from "./conformanceModules.ts";
import { differences } from "./differences.ts";
import schema from "./functions/schema.ts";
import { observe } from "./observe.ts";
import { observeOfficially } from "./observeOfficially.ts";

const open = () => convexTest(schema, conformanceModules) as unknown as Deployment;
const official = await observeOfficially();
const ours = await observe(conformanceCases, open);

const listed = (name: string) => differences.filter(({ cases }) => cases.test(name));
const differs = (name: string) =>
  JSON.stringify(ours.get(name)) !== JSON.stringify(official.get(name));

describe("E18 the engine and convex-test", () => {
  test.each(conformanceCases)("$name", ({ name, ends }) => {
    expect(ours.get(name)?.ends).toBe(ends);
    if (listed(name).length === 0) {
      expect(ours.get(name)).toEqual(official.get(name));
    } else {
      expect({ ours: ours.get(name)?.seen, official: official.get(name)?.seen }).toMatchSnapshot();
    }
  });
});

describe("the list of differences", () => {
  test.each(differences)("is not out of date: $reason", ({ cases }) => {
    expect(conformanceCases.some(({ name }) => cases.test(name) && differs(name))).toBe(true);
  });

  test("lets no case through twice, nor cases under one name", () => {
    const names = conformanceCases.map(({ name }) => name);
    expect(names.filter((name) => listed(name).length > 1)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});
