import { dirname } from "node:path";
import { type Check, fail, ok, warn } from "../../../internal/doctor/Check.ts";
import { type DiskSpace, diskSpace } from "../diskSpace.ts";

const MIB = 1_024 * 1_024;

/** An export needs as much as the database has; a full disk stops every commit. */
const FAIL_BYTES = 256 * MIB;
const WARN_BYTES = 2_048 * MIB;
const WARN_SHARE = 0.05;

/** Whether a directory's disk has room; where the directory is not there yet, that of its parent. */
export function diskCheck(directory: string): Check {
  const space = diskSpace(directory) ?? diskSpace(dirname(directory));
  return space === null
    ? warn("disk", `How full the disk of ${directory} is cannot be seen.`, "See df.")
    : diskSpaceCheck(space);
}

export function diskSpaceCheck({ freeBytes, sizeBytes }: DiskSpace): Check {
  const detail = `${Math.floor(freeBytes / MIB).toLocaleString("en")} MiB are free, ${Math.floor((100 * freeBytes) / sizeBytes)} %.`;
  const whatToDo = "Make room: when the disk is full, deliveries are answered with 503.";
  if (freeBytes < FAIL_BYTES) {
    return fail("disk", detail, whatToDo);
  }
  return freeBytes < WARN_BYTES || freeBytes / sizeBytes < WARN_SHARE
    ? warn("disk", detail, whatToDo)
    : ok("disk", detail);
}
