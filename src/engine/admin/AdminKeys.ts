import { RequestError } from "../errors.ts";
import {
  ADMIN_KEY_USE_WRITTEN_MS,
  MAX_ADMIN_KEY_CHARACTERS,
  MAX_ADMIN_KEY_NAME_CHARACTERS,
  MAX_ADMIN_KEY_OVERLAP_SECONDS,
  MAX_ADMIN_KEYS,
} from "../limits.ts";
import type { Clock, Random, Timer } from "../ports.ts";
import type { Writer } from "../runtime/Writer.ts";
import type { DocumentStore } from "../storage/DocumentStore.ts";
import { ADMIN_KEYS } from "../storage/systemTables.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import { isSameHash, keyHash } from "./keyHash.ts";
import type { AdminRole, Operator } from "./Operator.ts";
import { recordOperatorAction } from "./operatorActions.ts";

/** A key, without anything that it could be used or guessed by. */
export interface AdminKeyInfo {
  readonly name: string;
  readonly role: AdminRole;
  /** Of a given key: when it was first seen. */
  readonly createdAtMs: number;
  /** Exact while the process lives; of an earlier one to the minute. */
  readonly lastUsedAtMs: number | null;
  /** When a key that was rotated ends; null: it does not. */
  readonly expiresAtMs: number | null;
  /** The host brings it, from its environment or a file. */
  readonly isGiven: boolean;
}

/** A key that the host brings. */
export interface GivenKey {
  name: string;
  /** The key itself, or `sha256:` and the 64 hexadecimal digits of its hash. */
  key: string;
  /** Puts another key into its place; null where the host cannot. */
  replace: ((key: string) => void) | null;
}

interface HeldKey extends AdminKeyInfo {
  readonly hash: string;
  lastUsedAtMs: number | null;
  expiresAtMs: number | null;
  replace: GivenKey["replace"];
}

const HASHED = /^sha256:([0-9a-f]{64})$/;
const NAME = /^[a-z0-9][a-z0-9._-]*$/;
const KEY_BYTES = 32;
const KEY_PREFIX: Record<AdminRole, string> = {
  admin: "tollgate_admin_",
  "read-only": "tollgate_reader_",
};

/**
 * The keys of those who administer. Only their SHA-256 is kept, in the system table `_admin_keys`, which
 * nobody can read through the API and no function can write. A key is shown once, to who makes it.
 *
 * Guarantees: a key is held against every hash, in the same time wherever it differs. A key that is made,
 * rotated or revoked is so when the promise resolves, durably and together with its operator action. While
 * a rotation overlaps, the old key and the new one are both taken.
 *
 * @throws (from what changes keys) RequestError 400 AdminKeyNameInvalid, AdminKeyRoleInvalid,
 *   AdminKeyOverlapInvalid, AdminKeyExists, AdminKeyIsGiven, TooManyAdminKeys; 404 AdminKeyNotFound
 */
export class AdminKeys {
  readonly #writer: Pick<Writer, "run">;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timer: Timer;
  #keys: HeldKey[];
  #cancelWrite: (() => void) | null = null;

  constructor(options: {
    documents: DocumentStore;
    writer: Pick<Writer, "run">;
    clock: Clock;
    random: Random;
    timer: Timer;
  }) {
    this.#writer = options.writer;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#timer = options.timer;
    this.#keys = storedKeys(options.documents);
  }

  /** Takes a key that the host brings. One with its name that was brought by an earlier process ends. */
  give({ name, key, replace }: GivenKey): void {
    const hash = HASHED.exec(key)?.[1] ?? keyHash(key);
    const isOther = (held: HeldKey) => !held.isGiven || held.expiresAtMs !== null;
    const earlier = this.#keys.find((held) => !isOther(held) && isSameHash(held.hash, hash));
    const { createdAtMs, lastUsedAtMs } = earlier ?? {
      createdAtMs: this.#clock.nowMs(),
      lastUsedAtMs: null,
    };
    this.#keys = [
      ...this.#keys.filter((held) => isOther(held) || held.name !== name),
      {
        ...{ name, hash, role: "admin", createdAtMs, lastUsedAtMs, expiresAtMs: null },
        ...{ isGiven: true, replace },
      },
    ];
    this.#scheduleWrite();
  }

  /** The operator whose key this is; null for every other text. */
  find(key: string, reason: string | null = null): Operator | null {
    const nowMs = this.#clock.nowMs();
    const hash = keyHash(key.slice(0, MAX_ADMIN_KEY_CHARACTERS));
    let found: HeldKey | null = null;
    for (const held of this.#keys) {
      if (isSameHash(held.hash, hash) && !isOver(held, nowMs)) {
        found = held;
      }
    }
    if (found === null || key.length > MAX_ADMIN_KEY_CHARACTERS) {
      return null;
    }
    const held = found;
    held.lastUsedAtMs = nowMs;
    this.#scheduleWrite();
    return {
      keyName: held.name,
      role: held.role,
      reason,
      isCurrent: () => this.#keys.includes(held) && !isOver(held, this.#clock.nowMs()),
    };
  }

  /** Every key that is taken, by name; of one that is being rotated, old and new. */
  list(): AdminKeyInfo[] {
    const nowMs = this.#clock.nowMs();
    return this.#keys
      .filter((held) => !isOver(held, nowMs))
      .map(({ hash: _hash, replace: _replace, ...info }) => info)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @returns the new key, which is not to be had again */
  async create(name: string, role: AdminRole, operator: Operator): Promise<string> {
    if (!NAME.test(name) || name.length > MAX_ADMIN_KEY_NAME_CHARACTERS) {
      const bound = `1 to ${MAX_ADMIN_KEY_NAME_CHARACTERS} of a-z, 0-9, dot, hyphen and underscore`;
      throw new RequestError(400, "AdminKeyNameInvalid", `A key's name has ${bound}.`);
    }
    if (!Object.hasOwn(KEY_PREFIX, role)) {
      throw new RequestError(400, "AdminKeyRoleInvalid", "A role is admin or read-only.");
    }
    if (this.#current(name) !== undefined) {
      throw new RequestError(400, "AdminKeyExists", `There is a key ${name} already.`);
    }
    const key = this.#newKey(role);
    const made = this.#held(name, role, key);
    await this.#change(operator, "create_admin_key", { name, role }, (keys) => [...keys, made]);
    return key;
  }

  /**
   * Puts a new key into the place of one. The old one is taken for `overlapSeconds` more.
   *
   * @returns the new key, which is not to be had again
   */
  async rotate(name: string, overlapSeconds: number, operator: Operator): Promise<string> {
    if (!(overlapSeconds >= 0 && overlapSeconds <= MAX_ADMIN_KEY_OVERLAP_SECONDS)) {
      const bound = `An overlap has 0 to ${MAX_ADMIN_KEY_OVERLAP_SECONDS} seconds.`;
      throw new RequestError(400, "AdminKeyOverlapInvalid", bound);
    }
    const before = this.#require(name);
    if (before.isGiven && before.replace === null) {
      throw isGiven(name);
    }
    const { role, isGiven: wasGiven, replace } = before;
    const key = this.#newKey(role);
    const made = { ...this.#held(name, role, key), isGiven: wasGiven, replace };
    const expiresAtMs = this.#clock.nowMs() + overlapSeconds * 1_000;
    await this.#change(operator, "rotate_admin_key", { name, overlapSeconds }, (keys) => [
      ...keys.filter((held) => held !== before),
      ...(overlapSeconds > 0 ? [{ ...before, expiresAtMs }] : []),
      made,
    ]);
    // After the commit: a crash before it leaves the old key where it was.
    replace?.(key);
    return key;
  }

  /** Ends a key at once, also what is left of its rotation. One that the host brings is rotated instead. */
  async revoke(name: string, operator: Operator): Promise<void> {
    if (this.#require(name).isGiven) {
      throw isGiven(name);
    }
    await this.#change(operator, "revoke_admin_key", { name }, (keys) =>
      keys.filter((held) => held.name !== name),
    );
  }

  /** Writes nothing any more. */
  close(): void {
    this.#cancelWrite?.();
  }

  #current(name: string): HeldKey | undefined {
    return this.#keys.find((held) => held.name === name && held.expiresAtMs === null);
  }

  #require(name: string): HeldKey {
    const held = this.#current(name);
    if (held === undefined) {
      throw new RequestError(404, "AdminKeyNotFound", "There is no key with this name.");
    }
    return held;
  }

  #newKey(role: AdminRole): string {
    const bytes = this.#random.fill(new Uint8Array(KEY_BYTES));
    return (
      KEY_PREFIX[role] + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
    );
  }

  #held(name: string, role: AdminRole, key: string): HeldKey {
    return {
      ...{ name, role, hash: keyHash(key), createdAtMs: this.#clock.nowMs() },
      ...{ lastUsedAtMs: null, expiresAtMs: null, isGiven: false, replace: null },
    };
  }

  async #change(
    operator: Operator,
    action: string,
    args: object,
    next: (keys: readonly HeldKey[]) => HeldKey[],
  ): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const keys = await this.#writer.run(async (transaction) => {
      const changed = next(this.#keys).filter((held) => !isOver(held, nowMs));
      if (changed.length > MAX_ADMIN_KEYS) {
        const bound = `There are ${MAX_ADMIN_KEYS} keys already: revoke one.`;
        throw new RequestError(400, "TooManyAdminKeys", bound);
      }
      write(transaction, changed);
      recordOperatorAction(transaction, { operator, action, args, atMs: nowMs });
      return changed;
    });
    this.#keys = keys;
  }

  /** Uses are written down together, so that the requests of an hour are not an hour of commits. */
  #scheduleWrite(): void {
    this.#cancelWrite ??= this.#timer.after(ADMIN_KEY_USE_WRITTEN_MS, () => {
      this.#cancelWrite = null;
      // What fails is only when a key was used last; the next use tries again.
      this.#writer
        .run(async (transaction) => write(transaction, this.#keys))
        .catch(() => undefined);
    });
  }
}

function isOver({ expiresAtMs }: HeldKey, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

function isGiven(name: string): RequestError {
  return new RequestError(
    400,
    "AdminKeyIsGiven",
    `The host brings the key ${name}: one from a file can be rotated, one from the environment is changed there.`,
  );
}

function storedKeys(documents: DocumentStore): HeldKey[] {
  const table = documents.catalog.byName(ADMIN_KEYS.name);
  const keys: HeldKey[] = [];
  for (const { value } of table === undefined ? [] : documents.everyDocument(table)) {
    const { _id, _creationTime, ...held } = value;
    keys.push({ ...(held as unknown as HeldKey), replace: null });
  }
  return keys;
}

/** The table holds `keys` and nothing else; rows that are so already are not touched. */
function write(transaction: Transaction, keys: readonly HeldKey[]): void {
  const rows = transaction.system.query(ADMIN_KEYS, "by_name", []);
  const left = new Set(keys);
  for (let row = rows.next(); row !== null; row = rows.next()) {
    const { _id, hash, lastUsedAtMs, expiresAtMs } = row.value;
    const held = keys.find((key) => key.hash === hash);
    if (held === undefined || !left.delete(held)) {
      transaction.system.delete(ADMIN_KEYS, _id);
    } else if (held.lastUsedAtMs !== lastUsedAtMs || held.expiresAtMs !== expiresAtMs) {
      transaction.system.replace(ADMIN_KEYS, _id, fieldsOf(held));
    }
  }
  for (const held of left) {
    transaction.system.insert(ADMIN_KEYS, fieldsOf(held));
  }
}

function fieldsOf({ replace: _replace, ...fields }: HeldKey) {
  return fields;
}
