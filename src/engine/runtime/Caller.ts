import type { Operator } from "../admin/Operator.ts";
import type { Audience } from "../functions/FunctionRegistry.ts";
import type { Identity } from "./Identity.ts";

/** Who calls and what they may reach. */
export interface Caller {
  audience: Audience;
  identity: Identity | null;
  /** Who calls with a key; without one the process itself calls, or a client. */
  operator?: Operator | null;
}

/** The engine's own calls: everything is reachable, nobody is signed in. */
export const INSIDER: Caller = { audience: "insider", identity: null };
