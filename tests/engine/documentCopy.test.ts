import { jsonToConvex } from "convex/values";
import { expect, test } from "vitest";
import { StoredDocument } from "../../src/engine/storage/StoredDocument.ts";

const system = { _creationTime: 1, _id: "id" };

test("a function gets a copy of its own, however deep it changes it", () => {
  const document = StoredDocument.fromValue({ ...system, a: [{ b: ["c"] }] });
  const copy = document.copy() as unknown as { a: { b: string[] }[] };
  copy.a[0]?.b.push("d");
  expect(document.copy()).toEqual({ ...system, a: [{ b: ["c"] }] });
});

test("a field that is named like the prototype reads as the convex package reads it", () => {
  const json = JSON.stringify({ ...system, nested: JSON.parse('{"__proto__": {"a": 1}, "b": 1}') });
  const read = (value: unknown) => Object.getPrototypeOf((value as { nested: object }).nested);
  expect(read(StoredDocument.fromJson(json).copy())).toEqual(read(jsonToConvex(JSON.parse(json))));
});
