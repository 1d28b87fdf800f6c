import type { FunctionError } from "../errors.ts";
import type { Random } from "../ports.ts";

/** A function's failure as clients and the CLI read it: Convex's two lines, with the id of the run. */
export function failureText({ requestId, message }: FunctionError, random: Random): string {
  return `[Request ID: ${requestId ?? randomId(random)}] Server Error\n${message}\n`;
}

/** For a run that has not begun: nobody shall see that it has not. */
function randomId(random: Random): string {
  return Array.from(random.fill(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
