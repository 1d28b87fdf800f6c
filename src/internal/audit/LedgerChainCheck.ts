import type { Doc } from "../_generated/dataModel.ts";
import { type ChainPlace, FIRST_LINK, linkOf } from "../ledger/ledgerChain.ts";
import type { Finding } from "./finding.ts";

/** Where the chain of one shard was checked to, and the rows that came before their turn. */
interface ShardState {
  head: ChainPlace;
  early: Map<number, Doc<"events">>;
}

/** Follows the chain of each shard through the ledger, and names what breaks it. */
export class LedgerChainCheck {
  readonly #shards = new Map<string, ShardState>();
  readonly #findings: Finding[] = [];

  /** Rows may come a little out of turn, as Convex's creation times may. */
  add(row: Doc<"events">): void {
    const { shard, position } = row;
    const state = this.#shards.get(shard) ?? { head: before(shard), early: new Map() };
    this.#shards.set(shard, state);
    if (position <= state.head.position || state.early.has(position)) {
      this.#find("ledger_row_twice", row._id, `stands at ${shard}/${position}, which is taken`);
      return;
    }
    state.early.set(position, row);
    let next: Doc<"events"> | undefined = row;
    while (next !== undefined) {
      next = state.early.get(state.head.position + 1);
      if (next !== undefined) {
        this.#follow(state, next);
      }
    }
  }

  /** The last row of each shard, once {@link finish} was called or no row is out of turn. */
  heads(): Map<string, ChainPlace> {
    return new Map([...this.#shards].map(([shard, { head }]) => [shard, head]));
  }

  /** Goes on behind what is missing, and returns everything found. */
  finish(): Finding[] {
    for (const [shard, state] of this.#shards) {
      for (const position of [...state.early.keys()].sort((a, b) => a - b)) {
        const row = state.early.get(position) as Doc<"events">;
        if (position !== state.head.position + 1) {
          const missing = `${shard}/${state.head.position + 1} to ${shard}/${position - 1}`;
          this.#find("ledger_row_missing", missing, "is missing from the chain of the ledger");
          // The missing row's link cannot be known, so this row's is taken as it stands.
          state.head = { shard, position, link: row.link };
          state.early.delete(position);
        } else {
          this.#follow(state, row);
        }
      }
    }
    return this.#findings;
  }

  #follow(state: ShardState, row: Doc<"events">): void {
    const { shard, position, link } = row;
    if (linkOf(state.head.link, row) !== link) {
      this.#find(
        "ledger_row_altered",
        row._id,
        `(${row.stripeEventId}, at ${shard}/${position}) does not have its link: ` +
          "it, or the link before it, was changed",
      );
    }
    state.head = { shard, position, link };
    state.early.delete(position);
  }

  #find(code: Finding["code"], id: string, message: string): void {
    this.#findings.push({ code, table: "events", id, message });
  }
}

function before(shard: string): ChainPlace {
  return { shard, position: 0, link: FIRST_LINK };
}
