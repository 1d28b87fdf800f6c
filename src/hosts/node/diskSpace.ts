import { statfsSync } from "node:fs";

/** Of the disk that holds a directory. */
export interface DiskSpace {
  /** What this user may still write. */
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

/** Null where the directory is not there, or its disk does not say. */
export function diskSpace(directory: string): DiskSpace | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return blocks === 0 ? null : { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    return null;
  }
}
