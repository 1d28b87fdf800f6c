import { CommitTsPlaceholder, compareValues, type Value } from "convex/values";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterPrefix, encodeSortKey } from "../../../src/engine/values/sortKey.ts";
import { anyValue } from "./anyValue.ts";

const bytes = (...content: number[]) => new Uint8Array(content).buffer;
const keyOf = (...values: (Value | undefined)[]) => [...encodeSortKey(values)];

const EDGE_CASES: (Value | undefined)[] = [
  undefined,
  null,
  ...[-(2n ** 63n), -(2n ** 31n) - 1n, -(2n ** 31n), -32769n, -32768n, -129n, -128n, -1n, 0n],
  ...[1n, 127n, 128n, 255n, 32767n, 32768n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 63n - 1n],
  ...[-Infinity, -1e308, -1.5, -1, -5e-324, -0, 0, 5e-324, 0.5, 1, 256, 2 ** 53, Infinity, NaN],
  false,
  true,
  ...[
    "",
    "\0",
    "\0\0",
    "\0a",
    "a",
    "a\0",
    "a\0b",
    "ab",
    "b",
    "\x7f",
    "\x80",
    "é",
    "\u07ff",
    "\u0800",
  ],
  ...["\ud800", "\udfff", "\ud800\ud800", "\uffff", "\u{10000}", "\u{10ffff}", "z".repeat(2000)],
  ...[bytes(), bytes(0), bytes(0, 0), bytes(0, 255), bytes(1), bytes(255), bytes(255, 0)],
  ...[[], [null], [null, null], [[]], [[[]]], [1, 2], [1n, 2n], ["a"], ["a", "b"], [{}]],
  {},
  { "": null },
  { "": null, a: null },
  { "": {} },
  { a: null },
  { a: 1 },
  { a: 1, b: 1 },
  { a: { a: 1 } },
  { aa: 1 },
  { b: 1 },
  { b: 1, a: 2 },
];

describe("E2 encodeSortKey", () => {
  it("orders every pair of edge cases like compareValues", () => {
    expect(EDGE_CASES.length ** 2).toBeGreaterThan(625);
    for (const a of EDGE_CASES) {
      for (const b of EDGE_CASES) {
        const order = Buffer.compare(encodeSortKey([a]), encodeSortKey([b]));
        expect([a, b, order]).toEqual([a, b, Math.sign(compareValues(a, b))]);
      }
    }
  });

  it("orders arbitrary nested values like compareValues", () => {
    const indexed = fc.option(anyValue, { nil: undefined });
    fc.assert(
      fc.property(indexed, indexed, (a, b) => {
        const order = Buffer.compare(encodeSortKey([a]), encodeSortKey([b]));
        expect(order).toBe(Math.sign(compareValues(a, b)));
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it("orders tuples by their first difference, a prefix first", () => {
    const tuple = fc.array(fc.option(anyValue, { nil: undefined }), { maxLength: 4 });
    fc.assert(
      fc.property(tuple, tuple, (a, b) => {
        expect(Buffer.compare(encodeSortKey(a), encodeSortKey(b))).toBe(compareTuples(a, b));
      }),
      { numRuns: 1000, seed: 2 },
    );
  });

  it("writes the backend's bytes", () => {
    expect(keyOf(undefined, null, false, true)).toEqual([0x01, 0x03, 0x0e, 0x0f]);
    expect(keyOf(0n, 5n, -1n)).toEqual([0x08, 0x09, 0x05, 0x07, 0xff]);
    expect(keyOf(-129n)).toEqual([0x06, 0xff, 0x7f]);
    expect(keyOf(128n)).toEqual([0x0a, 0x00, 0x80]);
    expect(keyOf(32768n)).toEqual([0x0b, 0x00, 0x00, 0x80, 0x00]);
    expect(keyOf(-(2n ** 63n))).toEqual([0x04, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    expect(keyOf(1)).toEqual([0x0d, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0]);
    expect(keyOf(-1)).toEqual([0x0d, 0x40, 0x0f, 255, 255, 255, 255, 255, 255]);
    expect(keyOf("a\0b")).toEqual([0x10, 0x61, 0x00, 0xff, 0x62, 0x00]);
    expect(keyOf(bytes(0, 7))).toEqual([0x11, 0x00, 0xff, 0x07, 0x00]);
    expect(keyOf([null, []])).toEqual([0x12, 0x03, 0x12, 0x00, 0x00]);
    expect(keyOf({ b: true, "": null })).toEqual([0x15, 0x00, 0xff, 0x03, 0x62, 0x00, 0x0f, 0x00]);
  });

  it("gives well-formed strings their UTF-8 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const utf8 = [...new TextEncoder().encode(text)];
        const escaped = utf8.flatMap((byte) => (byte === 0 ? [0x00, 0xff] : [byte]));
        expect(keyOf(text)).toEqual([0x10, ...escaped, 0x00]);
      }),
      { seed: 3 },
    );
  });

  it("gives all NaNs one key, whatever their sign bit", () => {
    const zero = Number("0");
    const computed = [zero / zero, -(zero / zero), Infinity - Infinity, Number.NaN];
    const keys = new Set(computed.map((nan) => keyOf(nan).join()));
    expect([...keys]).toEqual([[0x0d, 0xff, 0xf8, 0, 0, 0, 0, 0, 0].join()]);
  });

  it("treats undefined fields as absent and a pending commit timestamp as the greatest int64", () => {
    expect(keyOf({ a: undefined, b: 1 })).toEqual(keyOf({ b: 1 }));
    expect(keyOf(new CommitTsPlaceholder())).toEqual(keyOf(2n ** 63n - 1n));
  });

  it("survives values larger than its buffer and keeps earlier keys intact", () => {
    const early = encodeSortKey(["early", 1]);
    const copy = [...early];
    const deep = Array.from({ length: 500 }, (_, i) => ["x".repeat(i), bytes(0, i), { a: i }]);
    expect(Buffer.compare(encodeSortKey([deep]), encodeSortKey([[...deep, 1]]))).toBe(-1);
    expect(encodeSortKey(["é".repeat(100_000)]).length).toBe(200_002);
    expect([...early]).toEqual(copy);
    expect(keyOf("early", 1)).toEqual(copy);
  });
});

describe("afterPrefix", () => {
  it("bounds exactly the keys that begin with the same values", () => {
    const value = fc.oneof(fc.constantFrom(...EDGE_CASES), anyValue);
    fc.assert(
      fc.property(value, value, value, (first, other, next) => {
        const prefix = encodeSortKey([first]);
        const key = encodeSortKey([other, next]);
        const isWithin =
          Buffer.compare(key, prefix) >= 0 && Buffer.compare(key, afterPrefix(prefix)) < 0;
        expect(isWithin).toBe(compareValues(first, other) === 0);
      }),
      { numRuns: 5000, seed: 4 },
    );
  });

  it("leaves out a text, bytes and an object that go on where the value ends", () => {
    const within = (first: Value, other: Value) =>
      Buffer.compare(encodeSortKey([other, 1]), afterPrefix(encodeSortKey([first]))) < 0;
    expect(within("a", "a")).toBe(true);
    expect(within("a", "a\0b")).toBe(false);
    expect(within(bytes(1), bytes(1, 0, 2))).toBe(false);
    expect(within({}, { "": 1 })).toBe(false);
  });
});

function compareTuples(a: (Value | undefined)[], b: (Value | undefined)[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = Math.sign(compareValues(a[i], b[i]));
    if (order !== 0) {
      return order;
    }
  }
  return Math.sign(a.length - b.length);
}
