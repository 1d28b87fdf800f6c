/** Something to measure: `run` does `count` of it. */
export interface Contestant {
  name: string;
  count: number;
  run(): unknown;
}

export interface Measured {
  name: string;
  /** Microseconds for one, in the fastest round and in the median one. */
  bestUs: number;
  medianUs: number;
  /** Of the processor alone, in the best round: what a busy machine and a slow disk blur least. */
  processorUs: number;
}

/** Measures contestants in turns, so that the machine's moods meet all of them. The first round warms up. */
export async function alternate(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Measured[]> {
  const times = contestants.map(() => ({ wall: [] as number[], processor: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { count, run }] of contestants.entries()) {
      const startedMs = performance.now();
      const startedProcessor = process.threadCpuUsage();
      await run();
      const { user, system } = process.threadCpuUsage(startedProcessor);
      if (round > 0) {
        times[i]?.wall.push(((performance.now() - startedMs) * 1_000) / count);
        times[i]?.processor.push((user + system) / count);
      }
    }
  }
  return contestants.map(({ name }, i) => {
    const { wall, processor } = times[i] as { wall: number[]; processor: number[] };
    wall.sort((a, b) => a - b);
    const medianUs = wall[Math.floor(wall.length / 2)] as number;
    return { name, bestUs: wall[0] as number, medianUs, processorUs: Math.min(...processor) };
  });
}

/** A table for the terminal; the ratios say how fast each is beside the first. */
export function report(title: string, measured: readonly Measured[]): void {
  const [first] = measured as [Measured];
  const row = (...cells: string[]) => cells.map((cell) => cell.padStart(12)).join("");
  const lines = measured.map(({ name, bestUs, medianUs, processorUs }) => {
    const costs = [bestUs, medianUs, processorUs].map((us) => `${us.toFixed(1)} µs`);
    const ratios = [
      first.bestUs / bestUs,
      first.medianUs / medianUs,
      first.processorUs / processorUs,
    ];
    return `  ${name.padEnd(32)}${row(...costs, ...ratios.map((ratio) => ratio.toFixed(2)))}`;
  });
  const head = row("best", "median", "processor", "best", "median", "processor");
  process.stdout.write(`\n${title}\n  ${"".padEnd(32)}${head}\n${lines.join("\n")}\n`);
}
