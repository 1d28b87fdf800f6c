import { readdirSync, readFileSync } from "node:fs";

/** Ticks of `/proc/PID/stat` in a second: fixed at 100 on Linux. */
const TICKS_PER_SECOND = 100;

/** Where the values stand in `/proc/PID/stat`, counted after the command's closing bracket. */
const PARENT = 1;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Processor time that a process and its children took up to now, threads included. Linux only. */
export function processorSeconds(pid: number): number {
  const ticks = familyOf(pid).flatMap((each) => {
    const fields = statOf(each);
    return fields === null ? [] : [Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])];
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** The most memory that the process itself has held, in MB. Linux only. */
export function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
}

function familyOf(pid: number): number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(statOf(Number(name))?.[PARENT]) === pid)
    .map(Number);
  return [pid, ...children];
}

function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    // It has ended since it was listed.
    return null;
  }
}
