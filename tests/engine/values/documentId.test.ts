import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Random } from "../../../src/engine/ports.ts";
import {
  CREATION_STEPS_PER_MS,
  creationTimeAt,
  nextCreationTime,
} from "../../../src/engine/values/creationTime.ts";
import {
  creationStepsOfId,
  decodeDocumentId,
  encodeDocumentId,
  idWithName,
  isWholeId,
  nameInId,
  newInternalId,
  tableNumberOfId,
} from "../../../src/engine/values/documentId.ts";

/** Ids that Convex made, found in its public repositories, with the day each was made. */
const REAL_IDS = [
  { id: "j57cbywe1te7fvzf26g0x3ftsd7vagd2", tableNumber: 10001, day: "2025-11-13" },
  { id: "kg27rxfv99gzp01wmph0gvt92d6hnvy6", tableNumber: 540, day: "2024-01-16" },
];

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const internalId = fc.uint8Array({ minLength: 16, maxLength: 16 });
const tableNumber = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  fc.constantFrom(1, 127, 128, 10001, 16383, 16384, 2 ** 21, 2 ** 28, 2 ** 32 - 1),
);

describe("E2 document ids", () => {
  it.each(REAL_IDS)("reads and writes the real id $id", ({ id, tableNumber, day }) => {
    const decoded = mustDecode(id);
    expect(decoded.tableNumber).toBe(tableNumber);
    const days = new DataView(decoded.internalId.buffer).getUint16(14);
    expect(new Date(days * 86_400_000).toISOString().slice(0, 10)).toBe(day);
    expect(encodeDocumentId(decoded.tableNumber, decoded.internalId)).toBe(id);
  });

  it("come back as they went, for every table number", () => {
    fc.assert(
      fc.property(tableNumber, internalId, (number, internal) => {
        const id = encodeDocumentId(number, internal);
        expect(decodeDocumentId(id)).toEqual({
          ok: true,
          tableNumber: number,
          internalId: internal,
        });
        expect(tableNumberOfId(id)).toBe(number);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it("come back from their table, a time and a name, of which no bit can be another", () => {
    const steps = fc.nat({ max: 2 ** 53 - 1 });
    const bit = fc.nat({ max: 7 });
    const made = fc.record({ number: tableNumber, steps, internal: internalId, own: fc.boolean() });
    fc.assert(
      fc.property(made, fc.nat(), bit, ({ number, steps, internal, own }, at, bit) => {
        const id = encodeDocumentId(
          number,
          own ? newInternalId(steps / CREATION_STEPS_PER_MS, randomOf(internal)) : internal,
        );
        const name = nameInId(id, number, steps);
        expect(isWholeId(name)).toBe(creationStepsOfId(id) !== steps);
        expect(idWithName(number, steps, name)).toBe(id);

        const bytes = Buffer.from(name);
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
        expect(tableNumberOfId(idWithName(number, steps, bytes.toString()))).toBeNull();
        const otherSteps = Number(BigInt(steps) ^ (1n << BigInt(at % 53)));
        expect(tableNumberOfId(idWithName(number, otherSteps, name))).toBeNull();
      }),
      { numRuns: 1000, seed: 4 },
    );
  });

  it("are what a plain reading of the format gives", () => {
    fc.assert(
      fc.property(tableNumber, internalId, (number, internal) => {
        expect(encodeDocumentId(number, internal)).toBe(
          withFooter([...varint(number), ...internal]),
        );
      }),
      { seed: 2 },
    );
  });

  it("have 32 characters in user tables, 31 to 37 elsewhere", () => {
    const lengths = [1, 127, 128, 10_001, 16_383, 16_384, 2 ** 21, 2 ** 28].map(
      (number) => encodeDocumentId(number, new Uint8Array(16)).length,
    );
    expect(lengths).toEqual([31, 31, 32, 32, 32, 34, 36, 37]);
  });

  it("of one table sort like their internal ids", () => {
    fc.assert(
      fc.property(internalId, internalId, (a, b) => {
        const [idA, idB] = [encodeDocumentId(10_001, a), encodeDocumentId(10_001, b)];
        expect(Math.sign(Buffer.compare(a, b))).toBe(idA < idB ? -1 : idA > idB ? 1 : 0);
      }),
      { seed: 3 },
    );
  });

  it("have one text only: whatever decodes encodes to the same text", () => {
    const change = fc.record({
      at: fc.nat({ max: 37 }),
      insert: fc.string({ unit: fc.constantFrom(..."019abzu-AÉ"), maxLength: 2 }),
      remove: fc.nat({ max: 2 }),
    });
    fc.assert(
      fc.property(tableNumber, internalId, change, (number, internal, { at, insert, remove }) => {
        const id = encodeDocumentId(number, internal);
        const text = id.slice(0, at) + insert + id.slice(at + remove);
        const decoded = decodeDocumentId(text);
        expect(tableNumberOfId(text)).toBe(decoded.ok ? decoded.tableNumber : null);
        if (decoded.ok) {
          expect(encodeDocumentId(decoded.tableNumber, decoded.internalId)).toBe(text);
        } else {
          expect(decoded.message).toMatch(/^Unable to decode ID: /);
        }
      }),
      { numRuns: 3000, seed: 4 },
    );
  });

  it("give internal ids that do not change with the next call", () => {
    const first = mustDecode(REAL_IDS[0]?.id ?? "").internalId;
    const copy = [...first];
    decodeDocumentId(REAL_IDS[1]?.id ?? "");
    expect([...first]).toEqual(copy);
  });

  it("refuse to be made of wrong parts", () => {
    for (const number of [0, -1, 2 ** 32, Number.NaN]) {
      expect(() => encodeDocumentId(number, new Uint8Array(16))).toThrow(RangeError);
    }
    expect(() => encodeDocumentId(1, new Uint8Array(15))).toThrow(RangeError);
  });
});

describe("a text that is no id fails with the backend's words", () => {
  const zeros = Array.from({ length: 16 }, () => 0);
  const shortId = encodeDocumentId(1, new Uint8Array(16));
  const userId = encodeDocumentId(10_001, new Uint8Array(16).fill(7));

  it.each([
    ["nothing", "", "Invalid ID length 0"],
    ["too few characters", "abc", "Invalid ID length 3"],
    ["too many characters", "0".repeat(38), "Invalid ID length 38"],
    ["too many bytes in UTF-8", "é".repeat(31), "Invalid ID length 62"],
    ["a letter that is no digit", `u${"0".repeat(31)}`, "ID wasn't valid base32"],
    ["upper case", REAL_IDS[0]?.id.toUpperCase() ?? "", "ID wasn't valid base32"],
    ["a character outside ASCII", `${"0".repeat(29)}é`, "ID wasn't valid base32"],
    ["table number zero", withFooter([0, ...zeros]), "Invalid table number"],
    [
      "a varint without end",
      base32(Array.from({ length: 20 }, () => 0x80)),
      "Invalid table number",
    ],
    [
      "a varint of 2^32",
      withFooter([0x80, 0x80, 0x80, 0x80, 0x10, ...zeros]),
      "Invalid table number",
    ],
    ["a wrong footer", base32([1, ...zeros, 0, 0]), "Invalid ID version 0 (expected 4353)"],
    ["a missing footer", base32([...varint(16_384), ...zeros]), "Invalid ID length 31"],
    ["bytes behind the footer", base32([...unbase32(shortId), 0, 0]), "Invalid ID length 34"],
    ["a digit too many", `${userId}0`, "Invalid ID length 33"],
    ["stray bits in the last digit", strayBits(shortId), "Invalid ID length 31"],
    ["a varint longer than needed", withFooter([0x81, 0x00, ...zeros]), "Invalid ID length 32"],
    [
      "a varint above 2^32",
      withFooter([0x81, 0x80, 0x80, 0x80, 0x10, ...zeros]),
      "Invalid ID length 37",
    ],
  ])("%s", (_, text, problem) => {
    expect(decodeDocumentId(text)).toEqual({
      ok: false,
      message: `Unable to decode ID: ${problem}`,
    });
    expect(tableNumberOfId(text)).toBeNull();
  });
});

describe("newInternalId", () => {
  const random = { fill: (bytes: Uint8Array) => bytes.fill(0xab) };

  const steps = (time: number) => Math.round(time * 4_096);

  it("is the creation time in steps of a 4096th millisecond and random bytes, big-endian", () => {
    const time = Date.UTC(2026, 0, 2) + 0.75;
    const id = newInternalId(time, random);
    expect(BigInt(`0x${Buffer.from(id).toString("hex", 0, 7)}`)).toBe(BigInt(steps(time)));
    expect([...id.subarray(7)]).toEqual(Array.from({ length: 9 }, () => 0xab));
  });

  it("tells its creation time, and sorts after every id of an earlier one", () => {
    const anyTime = fc.nat({ max: 2 ** 42 }).map((ms) => creationTimeAt(ms + 0.3));
    fc.assert(
      fc.property(anyTime, (time) => {
        const early = newInternalId(time, { fill: (bytes) => bytes.fill(0xff) });
        const late = newInternalId(nextCreationTime(time), { fill: (bytes) => bytes.fill(0) });
        expect(Buffer.compare(early, late)).toBe(-1);
        expect(creationStepsOfId(encodeDocumentId(10_001, early))).toBe(steps(time));
      }),
      { seed: 5 },
    );
    expect(creationStepsOfId("no id")).toBe(-1);
  });
});

function mustDecode(id: string): { tableNumber: number; internalId: Uint8Array } {
  const decoded = decodeDocumentId(id);
  if (!decoded.ok) {
    throw new Error(decoded.message);
  }
  return decoded;
}

function randomOf(source: Uint8Array): Random {
  return {
    fill: (bytes) => {
      bytes.set(source);
      return bytes;
    },
  };
}

function varint(number: number): number[] {
  return number < 128 ? [number] : [(number % 128) + 128, ...varint(Math.floor(number / 128))];
}

function withFooter(bytes: number[]): string {
  let sum = 0;
  let sumOfSums = 0;
  for (const byte of bytes) {
    sum = (sum + byte) % 256;
    sumOfSums = (sumOfSums + sum) % 256;
  }
  return base32([...bytes, sum, sumOfSums]);
}

function base32(bytes: readonly number[]): string {
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((digit) => ALPHABET[Number.parseInt(digit.padEnd(5, "0"), 2)])
    .join("");
}

function unbase32(text: string): number[] {
  const bits = [...text].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, "0")).join("");
  return (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
}

function strayBits(id: string): string {
  return id.slice(0, -1) + ALPHABET[ALPHABET.indexOf(id.slice(-1)) + 1];
}
