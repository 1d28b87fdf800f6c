import { CommitTsPlaceholder, type Value } from "convex/values";

/**
 * The bytes whose `memcmp` order (SQLite's order of BLOBs) is Convex's total order of values: undefined,
 * null, int64, float64, boolean, string, bytes, array, object. Several values are concatenated; as every
 * encoding ends by itself, the key of a prefix of `values` is a prefix of the key.
 *
 * Agrees with `compareValues` of `convex/values`, element by element, with one exception: all NaNs are
 * one value here, after +Infinity. JavaScript gives NaN a random sign bit, which `compareValues` looks
 * at; a key that followed it could not be found again.
 *
 * Lone surrogates are written like any other code point (three bytes), so no two strings share a key. A
 * pending commit timestamp sorts as the greatest int64. Fields that are `undefined` count as absent.
 * Int64s must be in range. Format: convex-backend, `crates/value/src/sorting.rs`.
 *
 * @returns a new array that the caller owns
 */
export function encodeSortKey(values: readonly (Value | undefined)[]): Uint8Array {
  position = 0;
  for (const value of values) {
    writeValue(value);
  }
  const key = bytes.slice(0, position);
  if (bytes.length > RETAINED_BYTES) {
    resize(INITIAL_BYTES);
  }
  return key;
}

/**
 * Above every key whose first values encode to `prefix`, and below every other key above those. An
 * encoded value is followed by a tag or the end, never by 0xff; that byte goes on with a text ("a" and
 * "a\0b" begin with the same bytes), bytes or an object instead of ending it.
 */
export function afterPrefix(prefix: Uint8Array): Uint8Array {
  const key = new Uint8Array(prefix.length + 1);
  key.set(prefix);
  key[prefix.length] = ESCAPE;
  return key;
}

const TAG_UNDEFINED = 0x01;
const TAG_NULL = 0x03;
/** The int64 tags lie around this one: its distance tells sign and width (1, 2, 4 or 8 bytes). */
const TAG_INT64_ZERO = 0x08;
const TAG_FLOAT64 = 0x0d;
const TAG_FALSE = 0x0e;
const TAG_TRUE = 0x0f;
const TAG_STRING = 0x10;
const TAG_BYTES = 0x11;
const TAG_ARRAY = 0x12;
const TAG_OBJECT = 0x15;
const TERMINATOR = 0x00;
/** Follows a zero byte that is no terminator; never a tag. */
const ESCAPE = 0xff;

const MAX_INT64 = 2n ** 63n - 1n;
const POSITIVE_NAN = 0x7ff8n << 48n;
const INITIAL_BYTES = 1024;
/** A buffer that grew beyond this for one huge value is given back. */
const RETAINED_BYTES = 64 * 1024;

/** The key being written. One buffer serves all calls: encoding is synchronous and calls no foreign code. */
let bytes = new Uint8Array(INITIAL_BYTES);
let view = new DataView(bytes.buffer);
let position = 0;

function writeValue(value: Value | undefined): void {
  reserve(9);
  switch (typeof value) {
    case "string":
      bytes[position++] = TAG_STRING;
      writeString(value);
      return;
    case "number":
      writeFloat64(value);
      return;
    case "undefined":
      bytes[position++] = TAG_UNDEFINED;
      return;
    case "boolean":
      bytes[position++] = value ? TAG_TRUE : TAG_FALSE;
      return;
    case "bigint":
      writeInt64(value);
      return;
    default:
      writeObjectLike(value);
  }
}

function writeObjectLike(value: Exclude<Value, string | number | boolean | bigint>): void {
  if (value === null) {
    bytes[position++] = TAG_NULL;
  } else if (Array.isArray(value)) {
    bytes[position++] = TAG_ARRAY;
    for (const element of value) {
      writeValue(element);
    }
    writeTerminator();
  } else if (value instanceof ArrayBuffer) {
    bytes[position++] = TAG_BYTES;
    writeBytes(new Uint8Array(value));
  } else if (value instanceof CommitTsPlaceholder) {
    writeInt64(MAX_INT64);
  } else {
    writeFields(value);
  }
}

function writeFloat64(value: number): void {
  bytes[position++] = TAG_FLOAT64;
  if (Number.isNaN(value)) {
    view.setBigUint64(position, POSITIVE_NAN);
  } else {
    view.setFloat64(position, value);
  }
  const high = view.getUint32(position);
  if (high >= 0x80000000) {
    view.setUint32(position, ~high);
    view.setUint32(position + 4, ~view.getUint32(position + 4));
  } else {
    view.setUint32(position, high | 0x80000000);
  }
  position += 8;
}

function writeInt64(value: bigint): void {
  if (value === 0n) {
    bytes[position++] = TAG_INT64_ZERO;
    return;
  }
  const sign = value < 0n ? -1 : 1;
  if (value < -0x80000000n || value > 0x7fffffffn) {
    bytes[position++] = TAG_INT64_ZERO + 4 * sign;
    view.setBigInt64(position, value);
    position += 8;
    return;
  }
  const small = Number(value);
  if (small >= -0x80 && small <= 0x7f) {
    bytes[position++] = TAG_INT64_ZERO + sign;
    bytes[position++] = small;
  } else if (small >= -0x8000 && small <= 0x7fff) {
    bytes[position++] = TAG_INT64_ZERO + 2 * sign;
    view.setInt16(position, small);
    position += 2;
  } else {
    bytes[position++] = TAG_INT64_ZERO + 3 * sign;
    view.setInt32(position, small);
    position += 4;
  }
}

/** UTF-8. A loop beats `TextEncoder` on the short strings that indexes hold. */
function writeString(text: string): void {
  // At most three bytes for a UTF-16 unit, two for an escaped zero, and the terminator.
  reserve(text.length * 3 + 1);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[position++] = unit;
      if (unit === 0) {
        bytes[position++] = ESCAPE;
      }
    } else if (unit < 0x800) {
      bytes[position++] = 0xc0 | (unit >> 6);
      bytes[position++] = 0x80 | (unit & 0x3f);
    } else {
      const codePoint = text.codePointAt(i) as number;
      if (codePoint > 0xffff) {
        i += 1;
        bytes[position++] = 0xf0 | (codePoint >> 18);
        bytes[position++] = 0x80 | ((codePoint >> 12) & 0x3f);
      } else {
        bytes[position++] = 0xe0 | (codePoint >> 12);
      }
      bytes[position++] = 0x80 | ((codePoint >> 6) & 0x3f);
      bytes[position++] = 0x80 | (codePoint & 0x3f);
    }
  }
  bytes[position++] = TERMINATOR;
}

function writeBytes(source: Uint8Array): void {
  reserve(source.length * 2 + 1);
  for (const byte of source) {
    bytes[position++] = byte;
    if (byte === 0) {
      bytes[position++] = ESCAPE;
    }
  }
  bytes[position++] = TERMINATOR;
}

function writeFields(object: { [name: string]: Value | undefined }): void {
  bytes[position++] = TAG_OBJECT;
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value !== undefined) {
      writeString(name);
      if (name === "") {
        // Or an object with an empty name would begin like an empty object.
        reserve(1);
        bytes[position++] = ESCAPE;
      }
      writeValue(value);
    }
  }
  writeTerminator();
}

function writeTerminator(): void {
  reserve(1);
  bytes[position++] = TERMINATOR;
}

function reserve(count: number): void {
  if (position + count > bytes.length) {
    resize(Math.max(bytes.length * 2, position + count));
  }
}

/** Keeps what fits of the content. */
function resize(capacity: number): void {
  const old = bytes.subarray(0, Math.min(position, capacity));
  bytes = new Uint8Array(capacity);
  bytes.set(old);
  view = new DataView(bytes.buffer);
}
