import type { Value } from "convex/values";

/** One or more of each kind, and what lies between kinds; `undefined` is a field that is missing. */
export const SAMPLE_VALUES: readonly (readonly [string, Value | undefined])[] = [
  ["undefined", undefined],
  ["null", null],
  ["int64 -5", -5n],
  ["int64 5", 5n],
  ["float -1.5", -1.5],
  ["float 0", 0],
  ["float 7", 7],
  ["false", false],
  ["true", true],
  ["empty text", ""],
  ["text b", "b"],
  ["text é", "é"],
  ["bytes", new Uint8Array([1, 2]).buffer],
  ["empty array", []],
  ["array", [1, "x"]],
  ["empty object", {}],
  ["object", { k: 1 }],
];

/** A name for each sample, kept beside it, so that an order can be read. */
export function sampleDocuments(): { v: Value | undefined; a: string }[] {
  return SAMPLE_VALUES.map(([name, v]) => ({ v, a: name }));
}
