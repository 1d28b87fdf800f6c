/** Taken before functions see one that stands still. */
const PlatformDate = Date;
const platformNow = Date.now;

/** From now on `Date.now()` of this process shows this time, for actions as for everybody; null: the real one. */
export function setDateNow(nowMs: (() => number) | null): void {
  PlatformDate.now = nowMs ?? platformNow;
}
