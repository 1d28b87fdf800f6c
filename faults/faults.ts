import { parseArgs } from "node:util";
import { Output } from "../src/cli/Output.ts";
import { Progress } from "../src/cli/Progress.ts";
import type { Fault, FaultResult } from "./Fault.ts";
import { fuzz } from "./fuzz.ts";
import { kill } from "./kill.ts";
import { overload } from "./overload.ts";
import { report } from "./report.ts";
import { simulation } from "./simulation.ts";
import { soak } from "./soak.ts";
import { storeFaults } from "./storeFaults.ts";

const FAULTS: readonly Fault[] = [kill, storeFaults, fuzz, overload, simulation, soak];

const HELP = `Holds Tollgate against everything that may go wrong, and says what broke.

Usage: npm run faults [-- --only NAME…] [-- --short] [-- --seed N] [-- --minutes N]

${FAULTS.map(({ name, what }) => `  ${name.padEnd(14)} ${what}`).join("\n")}

  --only NAME    this one; may be given several times (all)
  --short        the short form, which runs with the tests
  --seed N       the same choices for the same seed (of the clock)
  --minutes N    how long the soak lasts (60)

Exit codes: 0 every invariant held, 1 one was broken, 2 wrong usage.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: [] },
      short: { type: "boolean", default: false },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      minutes: { type: "string", default: "60" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const unknown = values.only.find((name) => !FAULTS.some((fault) => fault.name === name));
  const seed = Number(values.seed);
  const minutes = Number(values.minutes);
  if (values.help || unknown !== undefined || !Number.isInteger(seed) || !(minutes > 0)) {
    const stream = values.help ? process.stdout : process.stderr;
    stream.write(unknown === undefined ? HELP : `${unknown} is no fault\n${HELP}`);
    return values.help ? 0 : 2;
  }
  const chosen = FAULTS.filter(
    ({ name }) => values.only.length === 0 || values.only.includes(name),
  );
  const out = new Output(process, false);
  const results: { fault: Fault; result: FaultResult; seconds: number }[] = [];
  for (const fault of chosen) {
    process.stderr.write(`${fault.name}: ${fault.what} (seed ${seed})\n`);
    const progress = new Progress(out, "done");
    const result = await fault.run({
      ...{ isShort: values.short, seed, minutes },
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.stop();
    results.push({ fault, result, seconds: Math.round(progress.elapsedSeconds) });
  }
  process.stdout.write(report({ results, seed, isShort: values.short }));
  return results.every(({ result }) => result.broken.length === 0) ? 0 : 1;
}

process.exitCode = await main();
