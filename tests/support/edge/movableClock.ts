let aheadMs = 0;
const realNow = Date.now;
Date.now = () => realNow() + aheadMs;

/** Moves this isolate's clock ahead. Alarms of the platform do not know of it. */
export function advance(ms: number): void {
  aheadMs += ms;
}
