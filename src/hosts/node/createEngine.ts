import { Engine, type EngineOptions } from "../../engine/Engine.ts";
import { functionContext } from "./functionContext.ts";
import {
  systemClock,
  systemFetch,
  systemRandom,
  systemStopwatch,
  systemTimer,
} from "./systemPorts.ts";

/** An engine with this machine's clock, randomness, timers and network. @throws as {@link Engine} */
export function createEngine(
  own: Pick<
    EngineOptions,
    "store" | "modules" | "environment" | "log" | "snapshotExports" | "tracing"
  >,
): Engine {
  return new Engine({
    clock: systemClock,
    random: systemRandom,
    timer: systemTimer,
    stopwatch: systemStopwatch,
    fetch: systemFetch,
    context: functionContext,
    ...own,
  });
}
