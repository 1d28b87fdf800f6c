import type { SerializedQuery } from "./DatabaseQuery.ts";

/** Where a page ended: after the row with this key, or at the end of the query. */
export type CursorPosition = { after: Uint8Array } | "end";

const END = "end";

/**
 * The opaque text of a position in a query. It carries a fingerprint of the query, so that a cursor of
 * another query is noticed. It is not secret and not sealed: a reader must keep to its query's range.
 */
export function encodeCursor(query: SerializedQuery, position: CursorPosition): string {
  const text = position === "end" ? END : toHex(position.after);
  return `${fingerprint(query)}.${text}`;
}

/** The position, or null when the text is no cursor of this query. */
export function decodeCursor(query: SerializedQuery, cursor: string): CursorPosition | null {
  const dot = cursor.indexOf(".");
  if (dot < 0 || cursor.slice(0, dot) !== fingerprint(query)) {
    return null;
  }
  const text = cursor.slice(dot + 1);
  if (text === END) {
    return "end";
  }
  return /^(?:[0-9a-f]{2})+$/.test(text) ? { after: fromHex(text) } : null;
}

/** FNV-1a over the query's text, twice with different seeds: guards against mistakes, not attackers. */
function fingerprint(query: SerializedQuery): string {
  const text = JSON.stringify(query);
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000193) + i;
  }
  return [a, b].map((part) => (part >>> 0).toString(16).padStart(8, "0")).join("");
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
