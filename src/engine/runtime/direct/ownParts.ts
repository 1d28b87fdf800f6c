/** Parts of the package's `ctx` as copies: a function may change its own `ctx`, and no other one's. */
export function ownParts(context: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parts: Record<string, unknown> = {};
  for (const name in context) {
    const part = context[name];
    parts[name] = typeof part === "object" ? { ...part } : part;
  }
  return parts;
}
