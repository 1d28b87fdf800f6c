import { CommitTsPlaceholder, type Value } from "convex/values";
import { describe, expect, it } from "vitest";
import { displayValue } from "../../../src/engine/values/displayValue.ts";

describe("displayValue", () => {
  it.each<[string, Value, string]>([
    ["null", null, "null"],
    ["booleans", [true, false], "[true, false]"],
    ["int64s without a mark", [5n, -(2n ** 63n)], "[5, -9223372036854775808]"],
    ["whole floats with a point", [1, -20, 0, -0], "[1.0, -20.0, 0.0, -0.0]"],
    ["fractions", [1.5, 0.1, 1 / 3], "[1.5, 0.1, 0.3333333333333333]"],
    ["special floats", [Number.NaN, Infinity, -Infinity], "[NaN, inf, -inf]"],
    ["floats below 1e16 in full", [9999999999999998, 0.0001], "[9999999999999998.0, 0.0001]"],
    ["floats beyond with an exponent", [1e16, -1.5e300], "[1e16, -1.5e300]"],
    ["floats below 1e-4 with an exponent", [9.9e-5, 5e-324], "[9.9e-5, 5e-324]"],
    ["strings in double quotes", "it's é 😀", '"it\'s é 😀"'],
    ["quotes, backslashes and line ends escaped", '"\\\n\r\t\0', '"\\"\\\\\\n\\r\\t\\0"'],
    ["other controls by number", "\x01\x7f\u200b", '"\\u{1}\\u{7f}\\u{200b}"'],
    ["invisible spaces by number", "a b\u00a0\u2028", '"a b\\u{a0}\\u{2028}"'],
    ["combining marks by number", "e\u0301", '"e\\u{301}"'],
    ["lone surrogates by number", "\ud800", '"\\u{d800}"'],
    ["bytes in base64", new Uint8Array([1, 2, 255]).buffer, 'b"AQL/"'],
    ["arrays", [[], [null, "a"]], '[[], [null, "a"]]'],
    ["objects in order of names", { b: "x", a: 1, _c: {} }, '{_c: {}, a: 1.0, b: "x"}'],
    ["undefined fields not at all", { a: undefined, b: 1n }, "{b: 1}"],
    ["a pending commit timestamp as its bound", new CommitTsPlaceholder(), "9223372036854775807"],
  ])("shows %s", (_, value, text) => {
    expect(displayValue(value)).toBe(text);
  });
});
