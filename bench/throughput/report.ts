import { availableParallelism } from "node:os";
import type { Measured } from "./measure.ts";
import type { Outcome } from "./Outcome.ts";

const COLUMNS: readonly [string, (run: Measured) => string][] = [
  ["req/s", ({ perSecond }) => whole(perSecond)],
  ["p50 ms", ({ p50Ms }) => p50Ms.toFixed(1)],
  ["p99 ms", ({ p99Ms }) => p99Ms.toFixed(1)],
  ["CPU s/1,000", ({ processorSeconds }) => processorSeconds.toFixed(3)],
  ["peak MB", ({ peakMegabytes }) => whole(peakMegabytes)],
  ["refused/s", ({ refusedPerSecond }) => whole(refusedPerSecond)],
  ["generator", ({ generatorShare }) => `${whole(generatorShare * 100)} %`],
];

/** The median run of each by deliveries a second, its ratio to the first of them, and who has no figures. */
export function report(outcomes: readonly Outcome[]): string {
  const measured = outcomes.flatMap(({ contestant, runs, reason }) => {
    const median = medianOf(runs);
    return reason !== null || median === null ? [] : [{ name: contestant.name, median, runs }];
  });
  const [first] = measured;
  const head = [
    "",
    ...COLUMNS.map(([title]) => title),
    `× ${first?.name ?? ""}`,
    "all runs, req/s",
  ];
  const rows = measured.map(({ name, median, runs }) => [
    name,
    ...COLUMNS.map(([, show]) => show(median)),
    (median.perSecond / (first?.median.perSecond ?? 1)).toFixed(2),
    runs.map(({ perSecond }) => whole(perSecond)).join(" "),
  ]);
  const settings = outcomes.map(
    ({ contestant, reason }) => `${contestant.name}: ${reason ?? contestant.description}`,
  );
  const machine = `Node ${process.version}, ${availableParallelism()} cores, the load generator on them too`;
  return `\n${table([head, ...rows])}\n\n${settings.join("\n")}\n${machine}\n`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function medianOf(runs: readonly Measured[]): Measured | null {
  const sorted = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  return rows.map((row) => line(row).join("  ")).join("\n");
}
