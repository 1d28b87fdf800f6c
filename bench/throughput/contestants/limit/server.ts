import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * As little as a handler in Node can do and still keep its word: check the signature, store the event once,
 * and what it says of its subscription if that is newer; answer after the disk has it. What comes
 * together is committed together, unless BATCH=1.
 */
const MAX_BATCH = Number(process.env["BATCH"] ?? 64);
const SECRET = process.env["STRIPE_WEBHOOK_SECRET"] ?? "";
const TOLERANCE_SECONDS = 300;

interface Waiting {
  readonly body: Buffer;
  answer(status: number): void;
}

const database = new DatabaseSync(join(process.env["DATA"] ?? "", "limit.sqlite"));
database.exec(`
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE events (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, period_end INTEGER NOT NULL, event_id TEXT NOT NULL,
    created INTEGER NOT NULL
  ) WITHOUT ROWID;
`);
const begin = database.prepare("BEGIN IMMEDIATE");
const commit = database.prepare("COMMIT");
const store = database.prepare("INSERT OR IGNORE INTO events VALUES (?, ?)");
const apply = database.prepare(`
  INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, period_end = excluded.period_end, event_id = excluded.event_id,
    created = excluded.created
  WHERE excluded.created >= subscriptions.created
`);
let waiting: Waiting[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const answer = (status: number) => response.writeHead(status).end();
    if (isGenuine(body, String(request.headers["stripe-signature"]))) {
      enqueue({ body, answer });
    } else {
      answer(400);
    }
  });
});
server.listen(Number(process.env["PORT"]), "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.once("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => database.close());
});

function isGenuine(body: Buffer, header: string): boolean {
  const [, timestamp, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (timestamp === undefined || hex === undefined) {
    return false;
  }
  const expected = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest();
  const ageSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp));
  return ageSeconds <= TOLERANCE_SECONDS && timingSafeEqual(expected, Buffer.from(hex, "hex"));
}

function enqueue(delivery: Waiting): void {
  if (MAX_BATCH === 1) {
    commitAll([delivery]);
  } else if (waiting.push(delivery) === 1) {
    setImmediate(() => {
      const batch = waiting;
      waiting = [];
      for (let first = 0; first < batch.length; first += MAX_BATCH) {
        commitAll(batch.slice(first, first + MAX_BATCH));
      }
    });
  }
}

function commitAll(batch: readonly Waiting[]): void {
  begin.run();
  for (const { body } of batch) {
    const { id, created, data } = JSON.parse(body.toString());
    if (store.run(id, body).changes === 1) {
      const [item] = data.object.items.data;
      apply.run(data.object.id, data.object.status, item.current_period_end, id, created);
    }
  }
  commit.run();
  for (const { answer } of batch) {
    answer(200);
  }
}
