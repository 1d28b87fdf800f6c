import type { Auth } from "convex/server";
import { refusal } from "../refusal.ts";

/** The signed-in owner: the subject of the token. @throws ConvexError `not_signed_in` */
export async function requireOwner({ auth }: { auth: Auth }): Promise<string> {
  const identity = await auth.getUserIdentity();
  if (identity === null) {
    throw refusal("not_signed_in", "Sign in first.");
  }
  return identity.subject;
}
