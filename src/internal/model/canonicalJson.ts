import { compareText } from "./compareText.ts";

/**
 * One text for one JSON value, whatever the order of its keys: equal values have equal texts.
 *
 * Where two texts of the same shape first differ, a stated value sorts before `null` (`"` and digits come
 * before `n`), so choosing the lesser text prefers what somebody said to what nobody said.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b)))
      : inner,
  );
}
