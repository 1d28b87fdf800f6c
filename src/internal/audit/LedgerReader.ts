import {
  comparePlaces,
  type Deployment,
  FunctionFailedError,
  type LedgerEntry,
  type Page,
  type Place,
} from "./deployment.ts";

/** Reads a ledger in its order, as far as it is told and never twice, while it may be growing. */
export class LedgerReader {
  readonly #deployment: Deployment;
  readonly #onEntry: (entry: LedgerEntry) => Promise<void>;
  /** Fetched and not used yet. */
  #waiting: LedgerEntry[] = [];
  #fetchedTo: Place | null = null;

  constructor(deployment: Deployment, onEntry: (entry: LedgerEntry) => Promise<void>) {
    this.#deployment = deployment;
    this.#onEntry = onEntry;
  }

  /** Uses everything there is. */
  async readAll(): Promise<void> {
    let page = await this.#fetch();
    for (;;) {
      // The next page is on its way while this one is used.
      const following = page.next === null ? null : this.#fetch();
      // A failure of it is met below, not as a rejection that nobody handles.
      following?.catch(() => undefined);
      await this.#giveAll(page.entries);
      if (following === null) {
        return;
      }
      page = await following;
    }
  }

  /** Uses what stands at or before `end`, and nothing behind it. */
  async readTo(end: Place | null): Promise<void> {
    for (;;) {
      const ready = this.#waiting.findIndex((entry) => comparePlaces(placeOf(entry), end) > 0);
      const count = ready === -1 ? this.#waiting.length : ready;
      await this.#giveAll(this.#waiting.splice(0, count));
      if (ready !== -1 || comparePlaces(this.#fetchedTo, end) >= 0) {
        return;
      }
      const { entries } = await this.#fetch();
      if (entries.length === 0) {
        return;
      }
      this.#waiting.push(...entries);
    }
  }

  async #fetch(): Promise<Page<LedgerEntry>> {
    const page = await this.#deployment.query("audit:ledgerPage", { after: this.#fetchedTo });
    const last = page.entries.at(-1);
    if (last !== undefined) {
      requireProgress(this.#fetchedTo, placeOf(last));
      this.#fetchedTo = placeOf(last);
    }
    return page;
  }

  async #giveAll(entries: readonly LedgerEntry[]): Promise<void> {
    for (const entry of entries) {
      await this.#onEntry(entry);
    }
  }
}

/** Otherwise a row with a wrong creation time would be read for ever. */
export function requireProgress(from: Place | null, to: Place): void {
  if (comparePlaces(to, from) <= 0) {
    throw new FunctionFailedError(`The row ${to.id} is out of the order of creation.`);
  }
}

function placeOf({ row }: LedgerEntry): Place {
  return { creationTime: row._creationTime, id: row._id };
}
