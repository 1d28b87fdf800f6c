import { type CommandInput, textOption, timeOption, UsageError } from "../../Command.ts";
import { EVENT_STATUSES } from "./statuses.ts";

/** Which events; what is not there is not asked for. */
export interface EventFilter {
  status?: string;
  type?: string;
  fromMs?: number;
  toMs?: number;
}

/** What the options ask for. @throws UsageError */
export function eventFilter(input: CommandInput): EventFilter {
  const status = textOption(input, "status");
  if (status !== null && !EVENT_STATUSES.some((known) => known === status)) {
    throw new UsageError(`--status is one of ${EVENT_STATUSES.join(", ")}`);
  }
  const type = textOption(input, "type");
  const fromMs = timeOption(input, "from");
  const toMs = timeOption(input, "to");
  return {
    ...(status !== null && { status }),
    ...(type !== null && { type }),
    ...(fromMs !== null && { fromMs }),
    ...(toMs !== null && { toMs }),
  };
}
