/**
 * `data.previous_attributes` for a change from `before` to `after`: the changed keys with their former
 * values, nested for objects, whole for arrays, `null` for what was not there. `null` when nothing changed.
 */
export function previousAttributes(before: object, after: object): Record<string, unknown> | null {
  const former: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [fieldOf(before, key), fieldOf(after, key)];
    if (!isEqual(was, is)) {
      former[key] = isRecord(was) && isRecord(is) ? previousAttributes(was, is) : was;
    }
  }
  return Object.keys(former).length === 0 ? null : former;
}

/** Whether two JSON values are the same; a missing key counts as `null`. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => isEqual(element, b[index]));
  }
  if (isRecord(a) && isRecord(b)) {
    return previousAttributes(a, b) === null;
  }
  return a === b;
}

function fieldOf(object: object, key: string): unknown {
  return (Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : null) ?? null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
