import { useNowMs } from "./useNowMs.ts";

/** A time as far from now as it is; the exact one as its title. */
export function Time({ ms }: { ms: number | null }) {
  const nowMs = useNowMs(10_000);
  if (ms === null) {
    return <span>never</span>;
  }
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactTime(ms)}>
      {timeFromNow(ms, nowMs)}
    </time>
  );
}

export function exactTime(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

export function timeFromNow(ms: number, nowMs: number): string {
  const distanceMs = ms - nowMs;
  const [unit, unitMs] = UNITS.find(([, each]) => Math.abs(distanceMs) >= each) ?? [
    "second",
    1_000,
  ];
  return RELATIVE.format(Math.round(distanceMs / unitMs), unit);
}

/** "2 m 5 s" */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}
