import { randomBytes } from "node:crypto";
import type { SqlStatement } from "../../src/engine/storage/SqlStore.ts";
import type { NodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";

/** What somebody writes who needs exactly this and nothing else, on the same store with the same settings. */
export class AccountsByHand {
  readonly #store: NodeSqliteStore;
  readonly #findAccount: SqlStatement;
  readonly #insertEntry: SqlStatement;
  readonly #updateAccount: SqlStatement;

  constructor(store: NodeSqliteStore) {
    this.#store = store;
    store.exec(`
      CREATE TABLE accounts (id TEXT PRIMARY KEY, created REAL NOT NULL, owner TEXT NOT NULL, balance REAL NOT NULL) STRICT;
      CREATE INDEX accounts_by_owner ON accounts (owner);
      CREATE TABLE entries (id TEXT PRIMARY KEY, created REAL NOT NULL, account TEXT NOT NULL, amount REAL NOT NULL) STRICT;
      CREATE INDEX entries_by_account ON entries (account);
    `);
    this.#findAccount = store.prepare(
      "SELECT id, created, owner, balance FROM accounts WHERE owner = ?",
    );
    this.#insertEntry = store.prepare(
      "INSERT INTO entries (id, created, account, amount) VALUES (?, ?, ?, ?)",
    );
    this.#updateAccount = store.prepare("UPDATE accounts SET balance = ? WHERE id = ?");
  }

  open(owners: readonly string[]): void {
    const insert = this.#store.prepare(
      "INSERT INTO accounts (id, created, owner, balance) VALUES (?, ?, ?, 0)",
    );
    this.#store.transaction(() => {
      for (const owner of owners) {
        insert.run(newId(), Date.now(), owner);
      }
    });
  }

  /** As many deposits as the engine makes in one batch, under one sync of the disk. */
  deposit(owners: readonly string[], amount: number): void {
    this.#store.batch.begin();
    for (const owner of owners) {
      const [row] = this.#findAccount.all(owner);
      const [id, , , balance] = row as [string, number, string, number];
      this.#insertEntry.run(newId(), Date.now(), id, amount);
      this.#updateAccount.run(balance + amount, id);
    }
    this.#store.batch.commit();
  }

  /** As JSON, as it would go out. */
  byOwner(owner: string): string {
    const [[id, created, name, balance] = []] = this.#findAccount.all(owner);
    return JSON.stringify({ _creationTime: created, _id: id, balance, owner: name });
  }
}

/** Random, in order of time, as the engine's are. */
function newId(): string {
  return Date.now().toString(16) + randomBytes(8).toString("hex");
}
