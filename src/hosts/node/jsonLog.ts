import type { Log } from "../../engine/ports.ts";
import { MAX_LOG_TEXT_CHARACTERS } from "./lineLog.ts";

/**
 * As {@link createLineLog}, for programs: one JSON object a line, with `time` (RFC 3339), `level` and
 * `message` besides the fields. A field cannot take the place of these three.
 */
export function createJsonLog(
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Log {
  const log =
    (level: string): Log["info"] =>
    (message, fields = {}) => {
      const shown = Object.entries(fields).map(([name, value]) => [cut(name), cut(value)]);
      const own = { time: new Date().toISOString(), level, message: cut(message) };
      write(`${JSON.stringify({ ...own, ...Object.fromEntries(shown), ...own })}\n`);
    };
  return { info: log("info"), error: log("error") };
}

function cut<Value>(value: Value): Value | string {
  return typeof value === "string" && value.length > MAX_LOG_TEXT_CHARACTERS
    ? `${value.slice(0, MAX_LOG_TEXT_CHARACTERS - 1)}…`
    : value;
}
