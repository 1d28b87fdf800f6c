import type { AdminKeyInfo } from "../../../engine/admin/AdminKeys.ts";
import { type Check, ok, warn } from "../../../internal/doctor/Check.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const MAX_UNUSED_DAYS = 90;
const MAX_AGE_DAYS = 365;

/** Whether each key of an admin is in use, and not too old. */
export function adminKeysCheck(keys: readonly AdminKeyInfo[], atMs: number): Check {
  const daysSince = (ms: number) => Math.max(0, Math.floor((atMs - ms) / DAY_MS));
  const told = keys.map(({ name, role, createdAtMs, lastUsedAtMs }) => {
    const used =
      lastUsedAtMs === null ? "never used" : `last used ${daysSince(lastUsedAtMs)} days ago`;
    return `${name} (${role}, ${daysSince(createdAtMs)} days old, ${used})`;
  });
  const detail = told.length === 0 ? "There is none yet." : `${told.join("; ")}.`;
  const unused = keys.filter(
    (key) => !key.isGiven && daysSince(key.lastUsedAtMs ?? key.createdAtMs) > MAX_UNUSED_DAYS,
  );
  const old = keys.filter(({ createdAtMs }) => daysSince(createdAtMs) > MAX_AGE_DAYS);
  if (unused.length > 0) {
    const names = unused.map(({ name }) => name).join(", ");
    return warn("admin_keys", detail, `Revoke what nobody uses: tollgate keys revoke ${names}`);
  }
  return old.length > 0
    ? warn("admin_keys", detail, "Rotate what is older than a year: tollgate keys rotate NAME")
    : ok("admin_keys", detail);
}
