import type { Audience } from "../functions/FunctionRegistry.ts";
import type { Identity } from "./Identity.ts";

/** Who calls and what they may reach. */
export interface Caller {
  audience: Audience;
  identity: Identity | null;
}

/** The engine's own calls: everything is reachable, nobody is signed in. */
export const INSIDER: Caller = { audience: "insider", identity: null };
