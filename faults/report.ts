import { execFileSync } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import type { Fault, FaultResult } from "./Fault.ts";

/** Broken invariants that are spelled out of one fault; the rest are counted. */
const MAX_SHOWN = 10;

const GIB = 1024 ** 3;

/** What was found, as Markdown: where and when, a table, and what broke. */
export function report({
  results,
  seed,
  isShort,
}: {
  results: readonly { fault: Fault; result: FaultResult; seconds: number }[];
  seed: number;
  isShort: boolean;
}): string {
  const rows = results.map(({ fault, result, seconds }) => {
    const figures = Object.entries(result.figures).map(([name, value]) => {
      const shown = typeof value === "number" ? value.toLocaleString("en") : value;
      return `${wordsOf(name)} ${shown}`;
    });
    const held = result.broken.length === 0 ? "held" : `**${result.broken.length} broken**`;
    return `| ${fault.name} | ${fault.what} | ${figures.join(", ")} | ${held} | ${seconds} s |`;
  });
  const broken = results.flatMap(({ fault, result }) => [
    ...result.broken.slice(0, MAX_SHOWN).map((each) => `- ${fault.name}: ${each}`),
    ...(result.broken.length > MAX_SHOWN
      ? [`- ${fault.name}: and ${result.broken.length - MAX_SHOWN} more`]
      : []),
  ]);
  return [
    `${new Date().toISOString().slice(0, 10)}, ${machine()}, commit ${commit()}, seed ${seed}, ${isShort ? "short" : "long"} form.`,
    "",
    "| fault | what is done | figures | invariants | took |",
    "|---|---|---|---|---|",
    ...rows,
    ...(broken.length > 0 ? ["", ...broken] : []),
    "",
  ].join("\n");
}

/** `killedAtStart` is "killed at start". */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function machine(): string {
  const memory = (totalmem() / GIB).toFixed(0);
  return `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${memory} GiB, Node ${process.versions.node}`;
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
