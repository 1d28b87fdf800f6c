/**
 * A child process for `nodeSqliteStore.test.ts`, to be killed. Arguments: file, rows a batch, bytes a
 * row, and the batch to stop in (0 = never). Writes batch after batch and prints each one's number
 * when its `commit` has returned; half way through the batch to stop in it prints `half` and waits.
 */
import { writeSync } from "node:fs";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";

const [path = "", ...numbers] = process.argv.slice(2);
const [batchRows = 0, rowBytes = 0, stopInBatch = 0] = numbers.map(Number);

const store = openNodeSqliteStore({ path });
store.exec("CREATE TABLE IF NOT EXISTS rows (batch INTEGER NOT NULL, body BLOB NOT NULL)");
const insert = store.prepare("INSERT INTO rows VALUES (?, ?)");
const [[last] = []] = store.prepare("SELECT max(batch) FROM rows").all();

for (let batch = Number(last ?? 0) + 1; ; batch += 1) {
  store.batch.begin();
  for (let row = 0; row < batchRows; row += 1) {
    store.transaction(() => insert.run(batch, new Uint8Array(rowBytes).fill(batch)));
    if (batch === stopInBatch && row === batchRows / 2) {
      writeSync(1, "half\n");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
  }
  store.batch.commit();
  writeSync(1, `${batch}\n`);
}
