import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openNodeSqliteStore } from "../src/hosts/node/nodeSqliteStore.ts";
import { AccountsByHand } from "./engine/AccountsByHand.ts";
import { AccountsOnEngine } from "./engine/AccountsOnEngine.ts";
import { alternate, report } from "./engine/alternate.ts";

/**
 * What the engine costs, as ratios measured in one run: npm run bench:engine [-- --full] [part ...]
 *
 * Parts: mutations, reads, subscriptions, documents, memory. --full makes a million mutations for the
 * memory, instead of 200,000.
 */
const ROUNDS = 15;
const SMALL = 1_000;
const LARGE = 1_000_000;
/** Asked for together, and under one sync of the disk on both sides. */
const BATCH = 64;
const BATCHES_PER_ROUND = 16;
const SUBSCRIPTIONS = 10_000;
const MEMORY_MUTATIONS = process.argv.includes("--full") ? 1_000_000 : 200_000;

const wanted = process.argv.slice(2).filter((argument) => argument !== "--full");

const directory = mkdtempSync(join(tmpdir(), "bench-engine-"));
const store = (name: string) => openNodeSqliteStore({ path: join(directory, name) });
const owners = (count: number) => Array.from({ length: count }, (_, i) => `owner ${i}`);
const someOwners = (count: number, of: number) =>
  Array.from({ length: count }, () => `owner ${Math.floor(Math.random() * of)}`);

async function inBatches(run: (batch: readonly string[]) => unknown, of: number): Promise<void> {
  for (let i = 0; i < BATCHES_PER_ROUND; i++) {
    await run(someOwners(BATCH, of));
  }
}

try {
  const byHand = new AccountsByHand(store("hand.sqlite"));
  const small = new AccountsOnEngine(store("small.sqlite"));
  byHand.open(owners(SMALL));
  await small.open(owners(SMALL));
  const parts = { mutations, reads, subscriptions, documents, memory };
  for (const [name, measure] of Object.entries(parts)) {
    if (wanted.length === 0 || wanted.includes(name)) {
      await measure(small, byHand);
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}

async function mutations(engine: AccountsOnEngine, byHand: AccountsByHand): Promise<void> {
  const count = BATCH * BATCHES_PER_ROUND;
  const measured = await alternate(
    [
      {
        name: "by hand on node:sqlite",
        count,
        run: () => inBatches((batch) => byHand.deposit(batch, 1), SMALL),
      },
      {
        name: "engine",
        count,
        run: () => inBatches((batch) => engine.deposit(batch, 1), SMALL),
      },
    ],
    ROUNDS,
  );
  report(`Mutations: index look-up, insert, patch; ${BATCH} under one disk sync`, measured);
}

async function reads(engine: AccountsOnEngine, byHand: AccountsByHand): Promise<void> {
  const count = BATCH * BATCHES_PER_ROUND;
  const measured = await alternate(
    [
      {
        name: "by hand on node:sqlite",
        count,
        run: () => inBatches((batch) => batch.map((owner) => byHand.byOwner(owner)), SMALL),
      },
      { name: "engine", count, run: () => inBatches((batch) => engine.byOwner(batch), SMALL) },
    ],
    ROUNDS,
  );
  report("Queries: index look-up", measured);
}

/** The cost of a mutation with nobody listening, with listeners it does not touch, and with one it does. */
async function subscriptions(): Promise<void> {
  const listened = owners(SUBSCRIPTIONS).map((owner) => `listened ${owner}`);
  const [silent, live] = [
    new AccountsOnEngine(store("silent.sqlite")),
    new AccountsOnEngine(store("live.sqlite")),
  ];
  for (const engine of [silent, live]) {
    await engine.open([...owners(SMALL), ...listened]);
  }
  let touched = 0;
  await live.subscribe(listened, () => touched++);
  const count = BATCH * BATCHES_PER_ROUND;
  const untouched = (engine: AccountsOnEngine) => () =>
    inBatches((batch) => engine.deposit(batch, 1), SMALL);
  const measured = await alternate(
    [
      { name: "no subscription", count, run: untouched(silent) },
      {
        name: `${SUBSCRIPTIONS.toLocaleString("en")} live, none touched`,
        count,
        run: untouched(live),
      },
      {
        name: "one touched in each batch",
        count,
        run: () =>
          inBatches(
            (batch) => live.deposit([...batch.slice(1), listened.pop() as string], 1),
            SMALL,
          ),
      },
    ],
    ROUNDS,
  );
  report("Mutations beside live queries (their running again not included)", measured);
  process.stdout.write(`  live queries told: ${touched}\n`);
}

async function documents(small: AccountsOnEngine): Promise<void> {
  const large = new AccountsOnEngine(store("large.sqlite"));
  const startedMs = performance.now();
  await large.open(owners(LARGE));
  const seconds = (performance.now() - startedMs) / 1_000;
  const count = BATCH * BATCHES_PER_ROUND;
  const measured = await alternate(
    [
      {
        name: `${SMALL.toLocaleString("en")} documents`,
        count,
        run: () => inBatches((batch) => small.byOwner(batch), SMALL),
      },
      {
        name: `${LARGE.toLocaleString("en")} documents`,
        count,
        run: () => inBatches((batch) => large.byOwner(batch), LARGE),
      },
    ],
    ROUNDS,
  );
  report(
    `Indexed reads as documents grow (a million inserted in ${seconds.toFixed(0)} s)`,
    measured,
  );
}

async function memory(engine: AccountsOnEngine): Promise<void> {
  const STEPS = 5;
  process.stdout.write(
    `\nMemory over ${MEMORY_MUTATIONS.toLocaleString("en")} mutations, after garbage collection\n`,
  );
  for (let step = 0; step <= STEPS; step++) {
    if (step > 0) {
      for (let done = 0; done < MEMORY_MUTATIONS / STEPS; done += BATCH) {
        await engine.deposit(someOwners(BATCH, SMALL), 1);
      }
    }
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    const made = ((MEMORY_MUTATIONS / STEPS) * step).toLocaleString("en").padStart(12);
    const [heapMib, rssMib] = [heapUsed, rss].map((bytes) => (bytes / 2 ** 20).toFixed(1));
    process.stdout.write(`${made}  heap ${heapMib} MiB, resident ${rssMib} MiB\n`);
  }
}
