/**
 * How timestamps travel: base64 of an unsigned 64-bit integer, little-endian. JSON numbers are too short
 * for nanoseconds. Source: Convex's sync protocol.
 */
export function timestampText(timestamp: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, timestamp, true);
  return btoa(String.fromCharCode(...bytes));
}

/** The inverse of {@link timestampText}; null for any other text. */
export function parseTimestampText(text: unknown): bigint | null {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]{11}=$/.test(text)) {
    return null;
  }
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new DataView(bytes.buffer).getBigUint64(0, true);
}
