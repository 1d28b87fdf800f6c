import { FunctionError } from "../errors.ts";
import type { Random } from "../ports.ts";
import type { CallResult } from "../runtime/FunctionObserver.ts";
import { failureText } from "../runtime/failureText.ts";
import { type ValueFormat, writeValue } from "./valueFormat.ts";

/**
 * How a function ended, as JSON text of Convex's HTTP API: `status` is "success", with `value`, or
 * "error", with `errorMessage` and perhaps `errorData`; `logLines` is left out when there are none.
 */
export function functionResult(
  outcome: CallResult | FunctionError,
  format: ValueFormat,
  random: Random,
): string {
  const logLines =
    outcome.logLines.length === 0 ? "" : `,"logLines":${JSON.stringify(outcome.logLines)}`;
  if (!(outcome instanceof FunctionError)) {
    return `{"status":"success","value":${writeValue(outcome.valueText, format)}${logLines}}`;
  }
  const errorMessage = JSON.stringify(failureText(outcome, random));
  const errorData =
    outcome.data === undefined
      ? ""
      : `,"errorData":${writeValue(JSON.stringify(outcome.data), format)}`;
  return `{"status":"error","errorMessage":${errorMessage}${errorData}${logLines}}`;
}
