import type { FunctionLog, LogLevel } from "./FunctionLog.ts";
import type { CurrentExecution } from "./functionGlobals.ts";
import type { GlobalPatches } from "./GlobalPatches.ts";
import { inspectValue } from "./inspectValue.ts";

type ConsoleMethod = (...values: unknown[]) => void;
type Capture = (log: FunctionLog, values: unknown[]) => void;

/**
 * Lets `console` write into the log of the function that calls it. What Convex's console does not have is
 * written as a plain line when it shows values (`dir`, `table`), and dropped otherwise: nothing of a
 * function's data may reach the output of the process.
 */
export function patchConsole(patches: GlobalPatches, current: CurrentExecution): void {
  const { console } = globalThis as unknown as { console: Record<string, ConsoleMethod> };
  for (const name in console) {
    const capture = Object.hasOwn(CAPTURES, name) ? CAPTURES[name] : undefined;
    patches.replace(console, name, (real) => (...values) => {
      const execution = current();
      if (execution === null) {
        real.apply(console, values);
      } else {
        capture?.(execution.log, values);
      }
    });
  }
}

const CAPTURES: Record<string, Capture> = {
  debug: atLevel("DEBUG"),
  info: atLevel("INFO"),
  log: atLevel("LOG"),
  warn: atLevel("WARN"),
  error: atLevel("ERROR"),
  trace: (log, values) => log.writeText("LOG", [...values.map(inspectValue), callers()]),
  time: (log, [label]) => log.startTimer(labelOf(label)),
  timeLog: (log, [label, ...values]) => log.showTimer(labelOf(label), values, false),
  timeEnd: (log, [label]) => log.showTimer(labelOf(label), [], true),
  dir: atLevel("LOG"),
  dirxml: atLevel("LOG"),
  table: atLevel("LOG"),
  group: atLevel("LOG"),
  groupCollapsed: atLevel("LOG"),
};

function atLevel(level: LogLevel): Capture {
  return (log, values) => log.write(level, values);
}

/** Where the console was called from, without the frames of the capture. */
function callers(): string {
  return (new Error().stack ?? "").split("\n").slice(CAPTURE_FRAMES).join("\n");
}

/** The line "Error", this file's two frames and the patch's. */
const CAPTURE_FRAMES = 4;

function labelOf(label: unknown): string {
  return label === undefined ? "default" : String(label);
}
