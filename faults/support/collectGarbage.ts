import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/** Frees what nobody holds, so that what is left can be compared. */
export const collectGarbage: () => void = runInNewContext("gc");
