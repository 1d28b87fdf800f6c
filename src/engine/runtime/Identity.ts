import type { JSONValue } from "convex/values";

/** Who calls, as `ctx.auth.getUserIdentity()` shows it: attributes of a verified token. */
export type Identity = {
  tokenIdentifier: string;
  issuer: string;
  subject: string;
  [claim: string]: JSONValue;
};
