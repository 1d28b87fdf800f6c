/**
 * May a text name a table, an index or a validator's field? At most 64 letters, digits and underscores,
 * no digit first, not underscores alone. Rule: convex-backend, `sync_types/src/identifier.rs`.
 */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

const IDENTIFIER = /^(?!_*$)[A-Za-z_][A-Za-z0-9_]{0,63}$/;
