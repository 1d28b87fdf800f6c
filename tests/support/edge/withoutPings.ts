import { SYNC_PING_AFTER_MS } from "../../../src/engine/limits.ts";

/** The pings of connections keep an object in memory; here it may sleep beside open connections. */
const realTimeout = globalThis.setTimeout;
globalThis.setTimeout = ((callback: () => void, delayMs?: number) =>
  delayMs === SYNC_PING_AFTER_MS ? undefined : realTimeout(callback, delayMs)) as typeof setTimeout;
