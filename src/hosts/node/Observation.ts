import type { Engine } from "../../engine/Engine.ts";
import type { Log } from "../../engine/ports.ts";
import type { Doors } from "../openDoors.ts";
import type { Config } from "./config.ts";
import { logRuns } from "./logRuns.ts";
import { createMetricsDoor } from "./metrics/createMetricsDoor.ts";
import { GatewayMetrics } from "./metrics/GatewayMetrics.ts";
import type { GatewayTracing } from "./tracing/GatewayTracing.ts";

/** Answers a request of the client at an address. */
export type Answer = Doors["fetch"];

/** What a gateway tells of itself, as far as it is asked for: metrics, traces, and a log of deliveries. */
export class Observation {
  /** Null without a receiver of traces. */
  readonly tracing: GatewayTracing | null;
  readonly #ends: (() => void)[] = [];

  private constructor(tracing: GatewayTracing | null) {
    this.tracing = tracing;
  }

  /** Loads what traces need, and only where they are asked for. */
  static async begin({ tracesEndpoint }: Config): Promise<Observation> {
    if (tracesEndpoint === null) {
      return new Observation(null);
    }
    const { GatewayTracing } = await import("./tracing/GatewayTracing.ts");
    return new Observation(new GatewayTracing(tracesEndpoint));
  }

  /**
   * Counts and tells what happens from now on.
   *
   * @param dataDirectory null when another folder is hosted: then there are no metrics
   * @returns answers as the doors do, and `GET /metrics`
   */
  observe(options: {
    config: Config;
    engine: Engine;
    doors: Doors;
    log: Log;
    dataDirectory: string | null;
  }): Answer {
    const { config, engine, doors, log, dataDirectory } = options;
    if (config.log === "json") {
      this.#ends.push(logRuns(engine, log));
    }
    const answer: Answer = (request, source) => doors.fetch(request, source);
    const followed = this.tracing?.around(answer) ?? answer;
    if (dataDirectory === null) {
      return followed;
    }
    const metrics = new GatewayMetrics({ engine, sessions: doors.sessions, dataDirectory });
    this.#ends.push(() => metrics.close());
    const door = createMetricsDoor(metrics, engine);
    return async (request, source) =>
      (await door(request, source)) ?? (await followed(request, source));
  }

  /** Ends it all, and sends the traces that are left. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) {
      end();
    }
    await this.tracing?.close();
  }
}
