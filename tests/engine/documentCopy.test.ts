import { convexToJson, jsonToConvex } from "convex/values";
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
  const fields = '{"nested":{"__proto__":{"a":1},"b":1}}';
  const read = (value: unknown) => Object.getPrototypeOf((value as { nested: object }).nested);
  const document = StoredDocument.fromStored("id", 1, fields);
  expect(read(document.copy())).toEqual(read(jsonToConvex(JSON.parse(fields))));
});

test("what was stored is what was written, its fields in Convex's order", () => {
  for (const fields of [{}, { a: 1, b: "é" }, { A: 1, b: 2 }, { b: 1n, a: new ArrayBuffer(1) }]) {
    const written = StoredDocument.fromValue({ ...system, ...fields });
    const read = StoredDocument.fromStored("id", 1, written.fieldsJson);
    const json = JSON.stringify(convexToJson({ ...system, ...fields }));
    for (const document of [written, read]) {
      expect(document.value).toEqual({ ...system, ...fields });
      expect(document.json).toBe(json);
      expect(Object.keys(document.copy())).toEqual(Object.keys(JSON.parse(json)));
    }
  }
});
