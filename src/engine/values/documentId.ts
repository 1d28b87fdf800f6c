import type { Random } from "../ports.ts";
import { CREATION_STEPS_PER_MS } from "./creationTime.ts";

/** What an id says: the number of its table and 16 bytes that name the document within it. */
export type DecodedDocumentId =
  | { readonly ok: true; readonly tableNumber: number; readonly internalId: Uint8Array }
  /** The backend's text, "Unable to decode ID: …". */
  | { readonly ok: false; readonly message: string };

/**
 * The text of a document id: the table number as a varint, the internal id and a two-byte checksum, in
 * lower-case Crockford base32. 32 characters for table numbers from 128 to 16383. Ids of one table sort
 * like their internal ids. Format: convex-backend, `crates/value/src/id_v6.rs`.
 *
 * @param tableNumber 1 to 2^32 - 1
 * @param internalId 16 bytes
 */
export function encodeDocumentId(tableNumber: number, internalId: Uint8Array): string {
  if (
    !(tableNumber >= 1 && tableNumber <= MAX_TABLE_NUMBER) ||
    internalId.length !== INTERNAL_ID_BYTES
  ) {
    throw new RangeError(
      "A document id needs a table number from 1 and an internal id of 16 bytes",
    );
  }
  let size = writeTableNumber(tableNumber);
  scratch.set(internalId, size);
  size += INTERNAL_ID_BYTES;
  const footer = checksum(size);
  scratch[size++] = footer & 0xff;
  scratch[size++] = footer >> 8;
  return toBase32(size);
}

/** Reads an id back. Every id has exactly one text: anything {@link encodeDocumentId} would not write fails. */
export function decodeDocumentId(text: string): DecodedDocumentId {
  const tableNumber = tableNumberOfId(text);
  if (tableNumber === null) {
    return { ok: false, message: `Unable to decode ID: ${problemWith(text)}` };
  }
  const start = byteCount(text) - FOOTER_BYTES - INTERNAL_ID_BYTES;
  return { ok: true, tableNumber, internalId: scratch.slice(start, start + INTERNAL_ID_BYTES) };
}

/** The number of the table an id belongs to, or null for a text that is no id. Allocates nothing. */
export function tableNumberOfId(text: string): number | null {
  if (text.length < MIN_CHARACTERS || text.length > MAX_CHARACTERS || !readBase32(text)) {
    return null;
  }
  const varintBytes = varintLength();
  const checkedBytes = varintBytes + INTERNAL_ID_BYTES;
  if (varintBytes === 0 || checkedBytes + FOOTER_BYTES !== byteCount(text)) {
    return null;
  }
  const tableNumber = varintValue(varintBytes);
  const isCanonical =
    tableNumber >= 1 &&
    tableNumber <= MAX_TABLE_NUMBER &&
    (varintBytes === 1 || byteAt(varintBytes - 1) !== 0) &&
    endsInZeroBits(text);
  return isCanonical && footerAt(checkedBytes) === checksum(checkedBytes) ? tableNumber : null;
}

/**
 * An internal id that nobody can guess and that sorts by creation time, so that inserts go to the end of
 * the table and the id tells where its document is: 7 bytes of the creation time in steps, big-endian, and
 * 9 random bytes.
 */
export function newInternalId(creationTime: number, random: Random): Uint8Array {
  const id = new Uint8Array(INTERNAL_ID_BYTES);
  random.fill(id);
  writeCreation(id, 0, creationTime * CREATION_STEPS_PER_MS);
  return id;
}

/** The creation time, in steps, that an id begins with if it is one of {@link newInternalId}; -1 for no id. */
export function creationStepsOfId(text: string): number {
  if (tableNumberOfId(text) === null) {
    return -1;
  }
  const start = byteCount(text) - FOOTER_BYTES - INTERNAL_ID_BYTES;
  let steps = 0;
  for (let i = start; i < start + CREATION_BYTES; i++) {
    steps = steps * 0x100 + byteAt(i);
  }
  return steps;
}

/**
 * What an id says beyond its table and the creation time of its document: its random bytes and its checksum,
 * 18 or 19 characters. Of an id that does not begin with that time, what would be its beginning and the
 * whole id.
 *
 * @param text an id of this table
 */
export function nameInId(text: string, tableNumber: number, creationSteps: number): string {
  const head = headOfId(tableNumber, creationSteps);
  return creationStepsOfId(text) === creationSteps
    ? exclusiveOr(head, text, head.length - 1, head.length - 1) + text.slice(head.length)
    : head + text;
}

/**
 * The id with this name. Nothing is checked: when the name or the time is another than it was, what comes
 * is no id to {@link tableNumberOfId}.
 */
export function idWithName(tableNumber: number, creationSteps: number, name: string): string {
  const head = headOfId(tableNumber, creationSteps);
  if (isWholeId(name)) {
    return name.startsWith(head) ? name.slice(head.length) : name;
  }
  const last = head.length - 1;
  return head.slice(0, last) + exclusiveOr(head, name, last, 0) + name.slice(1);
}

/** Whether {@link nameInId} gave this for an id that does not begin with its document's creation time. */
export function isWholeId(name: string): boolean {
  return name.length >= MIN_CHARACTERS;
}

const VERSION = 0;
const MAX_TABLE_NUMBER = 2 ** 32 - 1;
const MAX_VARINT_BYTES = 5;
const INTERNAL_ID_BYTES = 16;
const CREATION_BYTES = 7;
const FOOTER_BYTES = 2;
/** 1 + 16 + 2 bytes and 5 + 16 + 2 bytes. */
const MIN_CHARACTERS = 31;
const MAX_CHARACTERS = 37;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const NO_DIGIT = 0xff;
/** The value of each ASCII character as a digit. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = ALPHABET.indexOf(String.fromCharCode(code));
  return digit < 0 ? NO_DIGIT : digit;
});

/** The bytes of the id at hand; every function below reads or writes them. Valid within one call only. */
const scratch = new Uint8Array(MAX_VARINT_BYTES + INTERNAL_ID_BYTES + FOOTER_BYTES);

/** As a varint at the beginning. @returns its bytes */
function writeTableNumber(tableNumber: number): number {
  let size = 0;
  let rest = tableNumber;
  while (rest >= 0x80) {
    scratch[size++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  scratch[size++] = rest;
  return size;
}

/** In 7 bytes, the greatest first. */
function writeCreation(bytes: Uint8Array, at: number, steps: number): void {
  const high = Math.floor(steps / 2 ** 32);
  const low = steps >>> 0;
  bytes[at] = high >>> 16;
  bytes[at + 1] = high >>> 8;
  bytes[at + 2] = high;
  bytes[at + 3] = low >>> 24;
  bytes[at + 4] = low >>> 16;
  bytes[at + 5] = low >>> 8;
  bytes[at + 6] = low;
}

/** What all ids of a table with this creation time begin with; half of the last character is not theirs. */
function headOfId(tableNumber: number, creationSteps: number): string {
  const size = writeTableNumber(tableNumber);
  writeCreation(scratch, size, creationSteps);
  return toBase32(size + CREATION_BYTES);
}

/** One character of each, digit by digit; no digit when one of them is none. */
function exclusiveOr(a: string, b: string, atA: number, atB: number): string {
  return ALPHABET[digitAt(a, atA) ^ digitAt(b, atB)] ?? "?";
}

function digitAt(text: string, index: number): number {
  return DIGITS[text.charCodeAt(index)] ?? NO_DIGIT;
}

function byteAt(index: number): number {
  return scratch[index] as number;
}

/** Whole bytes that the digits of a text hold. */
function byteCount(text: string): number {
  return (text.length * 5) >> 3;
}

/** @returns false when a character is no digit */
function readBase32(text: string): boolean {
  let pending = 0;
  let pendingBits = 0;
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = DIGITS[text.charCodeAt(i)] ?? NO_DIGIT;
    if (digit === NO_DIGIT) {
      return false;
    }
    pending = ((pending << 5) | digit) & 0xfff;
    pendingBits += 5;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      scratch[size++] = pending >> pendingBits;
    }
  }
  return true;
}

/** Are the bits behind the last whole byte zero, and fewer than a digit's? */
function endsInZeroBits(text: string): boolean {
  const spareBits = (text.length * 5) & 7;
  const lastDigit = DIGITS[text.charCodeAt(text.length - 1)] as number;
  return spareBits < 5 && (lastDigit & ((1 << spareBits) - 1)) === 0;
}

/** Made in one piece: a text that is put together digit by digit costs several times as much to look up. */
function toBase32(size: number): string {
  const codes: number[] = [];
  let pending = 0;
  let pendingBits = 0;
  for (let i = 0; i < size; i++) {
    pending = ((pending << 8) | byteAt(i)) & 0xfff;
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      codes.push(digitCode(pending >> pendingBits));
    }
  }
  if (pendingBits > 0) {
    codes.push(digitCode(pending << (5 - pendingBits)));
  }
  return String.fromCharCode(...codes);
}

function digitCode(value: number): number {
  return ALPHABET.charCodeAt(value & 0x1f);
}

/** Bytes of the varint at the beginning; 0 when it does not end within five. */
function varintLength(): number {
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    if (byteAt(i) < 0x80) {
      return i + 1;
    }
  }
  return 0;
}

function varintValue(length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) {
    value = value * 0x80 + (byteAt(i) & 0x7f);
  }
  return value;
}

/** Fletcher-16, both sums modulo 256, of the first bytes, XOR the version. */
function checksum(size: number): number {
  let first = 0;
  let second = 0;
  for (let i = 0; i < size; i++) {
    first += byteAt(i);
    second += first;
  }
  return (((second & 0xff) << 8) | (first & 0xff)) ^ VERSION;
}

function footerAt(index: number): number {
  return byteAt(index) | (byteAt(index + 1) << 8);
}

/** Why a text is no id: the first of the backend's checks that fails. */
function problemWith(text: string): string {
  const length = new TextEncoder().encode(text).length;
  if (length < MIN_CHARACTERS || length > MAX_CHARACTERS) {
    return `Invalid ID length ${length}`;
  }
  if (!readBase32(text)) {
    return "ID wasn't valid base32";
  }
  const varintBytes = varintLength();
  if (varintBytes === 0 || varintValue(varintBytes) % (MAX_TABLE_NUMBER + 1) === 0) {
    return "Invalid table number";
  }
  const checkedBytes = varintBytes + INTERNAL_ID_BYTES;
  const footer = footerAt(checkedBytes);
  const expected = checksum(checkedBytes);
  if (checkedBytes + FOOTER_BYTES <= byteCount(text) && footer !== expected) {
    return `Invalid ID version ${footer} (expected ${expected})`;
  }
  return `Invalid ID length ${length}`;
}
