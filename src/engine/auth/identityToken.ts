import type { Identity } from "../runtime/Identity.ts";

const tokens = new WeakMap<Identity, string>();

/** Remembers which token an identity was verified from, for as long as the identity is in use. */
export function rememberToken(identity: Identity, token: string): Identity {
  tokens.set(identity, token);
  return identity;
}

/** The token that an identity was verified from; null for nobody, and for whom an admin acts as. */
export function tokenOf(identity: Identity | null): string | null {
  return identity === null ? null : (tokens.get(identity) ?? null);
}
