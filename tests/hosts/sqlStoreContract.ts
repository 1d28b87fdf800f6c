import { describe, expect, test } from "vitest";
import { type SqlStore, type SqlValue, StoreError } from "../../src/engine/storage/SqlStore.ts";

/** Hands `use` a fresh, empty store and disposes of it afterwards, also when `use` throws. */
export type WithStore = (use: (store: SqlStore) => void) => void | Promise<void>;

/** Well within what every host holds in one value (a Durable Object: 2 MB). */
const LARGE_BYTES = 1_000_000;

/**
 * What every {@link SqlStore} promises, by number:
 *
 * 1. values come back as they went in; 2. statements; 3. table definitions; 4. transactions;
 * 5. failures of the store; 6. batches, where the host needs them; 7. closing.
 */
export function sqlStoreContract(name: string, withStore: WithStore): void {
  describe(`E7 SqlStore contract on ${name}`, () => {
    valueRules(withStore);
    statementRules(withStore);
    transactionRules(withStore);
    failureRules(withStore);
    batchRules(withStore);
    closeRules(withStore);
  });
}

function valueRules(withStore: WithStore): void {
  const values: [string, SqlValue][] = [
    ["null", null],
    ["zero", 0],
    ["a fraction", 0.1],
    ["the smallest number", 5e-324],
    ["infinity", Number.NEGATIVE_INFINITY],
    ["the largest safe integer", Number.MAX_SAFE_INTEGER],
    ["the smallest safe integer", Number.MIN_SAFE_INTEGER],
    ["empty text", ""],
    ["text beyond the basic plane", "Grüße 🎟️ 門"],
    ["text with a zero character inside", "a\0b"],
    ["large text", "é".repeat(LARGE_BYTES / 2)],
  ];
  test.each(values)("1.1 %s comes back as it went in", (_, value) =>
    withStore((store) => {
      expect(roundTrip(store, value)).toBe(value);
    }),
  );

  test.each([
    ["empty bytes", new Uint8Array(0)],
    ["bytes with zeros", new Uint8Array([0, 1, 0, 255])],
    ["large bytes", new Uint8Array(LARGE_BYTES).fill(7)],
    ["a part of a larger buffer", new Uint8Array([9, 1, 2, 9]).subarray(1, 3)],
  ])("1.2 %s come back as a Uint8Array with the same bytes", (_, value) =>
    withStore((store) => {
      const stored = roundTrip(store, value);
      expect(stored).toBeInstanceOf(Uint8Array);
      expect(areSameBytes(stored as Uint8Array, value)).toBe(true);
    }),
  );

  test("1.3 bytes are copied both ways: changing an array later changes nothing stored", () =>
    withStore((store) => {
      const given = new Uint8Array([1, 2, 3]);
      const returned = roundTrip(store, given) as Uint8Array;
      given.fill(0);
      returned.fill(0);
      expect(store.prepare("SELECT value FROM round_trip").all()).toEqual([
        [new Uint8Array([1, 2, 3])],
      ]);
    }));

  test("1.4 bytes are ordered bytewise, a prefix first", () =>
    withStore((store) => {
      store.exec("CREATE TABLE keys (key BLOB PRIMARY KEY) WITHOUT ROWID");
      const sorted = [[], [0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0]];
      const insert = store.prepare("INSERT INTO keys VALUES (?)");
      for (const key of sorted.toReversed()) {
        insert.run(new Uint8Array(key));
      }
      expect(store.prepare("SELECT key FROM keys ORDER BY key").all()).toEqual(
        sorted.map((key) => [new Uint8Array(key)]),
      );
    }));
}

function statementRules(withStore: WithStore): void {
  test("2.1 rows are arrays in column order, also when columns share a name", () =>
    withStore((store) => {
      expect(store.prepare("SELECT 1 AS a, 'x' AS a, NULL AS b").all()).toEqual([[1, "x", null]]);
    }));

  test("2.2 a statement is reused with new parameters, and after its table grew a column", () =>
    withStore((store) => {
      counters(store);
      const all = store.prepare("SELECT * FROM counters WHERE id = ?");
      store.prepare("INSERT INTO counters VALUES (?, ?)").run(1, 10);
      expect([all.all(1), all.all(2)]).toEqual([[[1, 10]], []]);
      store.exec("ALTER TABLE counters ADD COLUMN note TEXT");
      expect(all.all(1)).toEqual([[1, 10, null]]);
    }));

  test("2.3 preparing the same text twice does not wear the store out", () =>
    withStore((store) => {
      for (let turn = 0; turn < 10_000; turn += 1) {
        expect(store.prepare("SELECT ?").all(turn)).toEqual([[turn]]);
      }
    }));

  test("3.1 exec runs several statements", () =>
    withStore((store) => {
      store.exec("CREATE TABLE a (x); CREATE INDEX a_x ON a (x); INSERT INTO a VALUES (1)");
      expect(store.prepare("SELECT x FROM a").all()).toEqual([[1]]);
    }));

  test("3.2 exec runs all of its statements or none", () =>
    withStore((store) => {
      expect(() => store.exec("CREATE TABLE a (x); nonsense")).toThrow(StoreError);
      store.exec("CREATE TABLE a (x)");
    }));
}

function transactionRules(withStore: WithStore): void {
  test("4.1 a transaction returns what its callback returns, and keeps what it wrote", () =>
    withStore((store) => {
      counters(store);
      expect(store.transaction(() => add(store, 1))).toBe(1);
      expect(ids(store)).toEqual([1]);
    }));

  test("4.2 a throw undoes the whole transaction and passes through as it is", () =>
    withStore((store) => {
      counters(store);
      const mistake = new RangeError("not today");
      expect(() =>
        store.transaction(() => {
          add(store, 1);
          store.exec("CREATE TABLE other (x)");
          add(store, 2);
          throw mistake;
        }),
      ).toThrow(mistake);
      expect(ids(store)).toEqual([]);
      store.exec("CREATE TABLE other (x)");
    }));

  test("4.3 a transaction sees its own writes", () =>
    withStore((store) => {
      counters(store);
      store.transaction(() => {
        add(store, 1);
        expect(ids(store)).toEqual([1]);
      });
    }));

  test("4.4 an inner transaction that throws undoes only itself when the outer one goes on", () =>
    withStore((store) => {
      counters(store);
      store.transaction(() => {
        add(store, 1);
        expect(() => store.transaction(() => fail(store, 2))).toThrow("as planned");
        add(store, 3);
      });
      expect(ids(store)).toEqual([1, 3]);
    }));

  test("4.5 an outer transaction that throws undoes its inner ones", () =>
    withStore((store) => {
      counters(store);
      expect(() =>
        store.transaction(() => {
          store.transaction(() => add(store, 1));
          fail(store, 2);
        }),
      ).toThrow("as planned");
      expect(ids(store)).toEqual([]);
    }));

  test("4.6 an asynchronous callback is refused and undone", () =>
    withStore((store) => {
      counters(store);
      expect(() => store.transaction(async () => add(store, 1))).toThrow(TypeError);
      expect(ids(store)).toEqual([]);
      store.transaction(() => add(store, 2));
      expect(ids(store)).toEqual([2]);
    }));
}

function failureRules(withStore: WithStore): void {
  test("5.1 what SQLite refuses is a StoreError with a cause, and the store goes on", () =>
    withStore((store) => {
      counters(store);
      add(store, 1);
      for (const refused of [
        // When it is prepared, or when it first runs.
        () => store.prepare("nonsense").all(),
        () => store.prepare("SELECT x FROM missing").all(),
        () => add(store, 1),
      ]) {
        const error = errorOf(refused);
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toMatchObject({ code: "StoreUnavailable", cause: expect.any(Error) });
      }
      add(store, 2);
      expect(ids(store)).toEqual([1, 2]);
    }));

  test("5.2 a refused statement inside a transaction undoes it, unless the callback copes", () =>
    withStore((store) => {
      counters(store);
      add(store, 1);
      expect(() =>
        store.transaction(() => {
          add(store, 2);
          add(store, 1);
        }),
      ).toThrow(StoreError);
      expect(ids(store)).toEqual([1]);
      store.transaction(() => {
        expect(() => add(store, 1)).toThrow(StoreError);
        add(store, 3);
      });
      expect(ids(store)).toEqual([1, 3]);
    }));
}

function batchRules(withStore: WithStore): void {
  const withBatch = (use: (store: SqlStore, batch: NonNullable<SqlStore["batch"]>) => void) =>
    withStore((store) => {
      // A host that coalesces writes by itself has no batches, and nothing to promise about them.
      if (store.batch !== undefined) {
        counters(store);
        use(store, store.batch);
      }
    });

  test("6.1 a committed batch keeps its transactions", () =>
    withBatch((store, batch) => {
      batch.begin();
      store.transaction(() => add(store, 1));
      store.transaction(() => add(store, 2));
      batch.commit();
      expect(ids(store)).toEqual([1, 2]);
    }));

  test("6.2 a rolled-back batch leaves nothing, and the store goes on", () =>
    withBatch((store, batch) => {
      batch.begin();
      store.transaction(() => add(store, 1));
      add(store, 2);
      batch.rollback();
      expect(ids(store)).toEqual([]);
      store.transaction(() => add(store, 3));
      expect(ids(store)).toEqual([3]);
    }));

  test("6.3 a transaction that throws inside a batch undoes only itself", () =>
    withBatch((store, batch) => {
      batch.begin();
      store.transaction(() => add(store, 1));
      expect(() => store.transaction(() => fail(store, 2))).toThrow("as planned");
      store.transaction(() => add(store, 3));
      batch.commit();
      expect(ids(store)).toEqual([1, 3]);
    }));

  test("6.4 rollback without a batch is harmless", () =>
    withBatch((store, batch) => {
      batch.rollback();
      add(store, 1);
      batch.begin();
      batch.commit();
      batch.rollback();
      expect(ids(store)).toEqual([1]);
    }));

  test("6.5 misuse is refused and leaves what is open as it was", () =>
    withBatch((store, batch) => {
      expect(() => batch.commit()).toThrow("no batch is open");
      store.transaction(() => {
        expect(() => batch.begin()).toThrow("inside a transaction");
        add(store, 1);
      });
      batch.begin();
      expect(() => batch.begin()).toThrow("open already");
      store.transaction(() => {
        expect(() => batch.commit()).toThrow("inside a transaction");
        expect(() => batch.rollback()).toThrow("inside a transaction");
        add(store, 2);
      });
      batch.commit();
      expect(ids(store)).toEqual([1, 2]);
    }));
}

function closeRules(withStore: WithStore): void {
  test("7.1 a closed store refuses everything with StoreError; closing twice is harmless", () =>
    withStore((store) => {
      counters(store);
      const insert = store.prepare("INSERT INTO counters VALUES (?, ?)");
      store.close();
      store.close();
      for (const late of [
        () => insert.run(1, 0),
        () => store.prepare("SELECT 1"),
        () => store.exec("CREATE TABLE late (x)"),
        () => store.transaction(() => 1),
      ]) {
        expect(late).toThrow(StoreError);
      }
    }));
}

function roundTrip(store: SqlStore, value: SqlValue): SqlValue | undefined {
  store.exec("CREATE TABLE round_trip (value)");
  store.prepare("INSERT INTO round_trip VALUES (?)").run(value);
  return store.prepare("SELECT value FROM round_trip").all()[0]?.[0];
}

function areSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

function counters(store: SqlStore): void {
  store.exec("CREATE TABLE counters (id INTEGER PRIMARY KEY, count INTEGER NOT NULL)");
}

function add(store: SqlStore, id: number): number {
  store.prepare("INSERT INTO counters VALUES (?, 0)").run(id);
  return id;
}

function fail(store: SqlStore, id: number): never {
  add(store, id);
  throw new Error("as planned");
}

function ids(store: SqlStore): SqlValue[] {
  return store
    .prepare("SELECT id FROM counters ORDER BY id")
    .all()
    .map(([id]) => id ?? null);
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
