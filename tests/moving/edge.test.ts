import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { downloadSnapshot } from "../../src/cli/deployment/downloadSnapshot.ts";
import { remoteGateway } from "../../src/cli/deployment/remoteGateway.ts";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import { exportSnapshot } from "../../src/hosts/node/snapshot/exportSnapshot.ts";
import { importSnapshot } from "../../src/hosts/node/snapshot/importSnapshot.ts";
import { pagedSnapshot } from "../../src/hosts/node/snapshot/pagedSnapshot.ts";
import { uploadSnapshot } from "../../src/hosts/node/snapshot/uploadSnapshot.ts";
import { openPlan, planType, professional, tell } from "../contract/asking.ts";
import { overHttp } from "../contract/runners/overHttp.ts";
import { EDGE_BINDINGS } from "../support/edge/bindings.ts";
import { type Edge, startEdge } from "../support/edge/startEdge.ts";
import { TEST_ADMIN_KEY, temporaryDirectory } from "../support/gatewayProcess.ts";
import { internalFunctions } from "../support/internalFunctions.ts";
import { auditOf, makeLedger } from "../support/ledgers.ts";
import { openTestEngine } from "../support/testEngine.ts";
import { tollgate } from "../support/tollgateCli.ts";
import { documentsIn } from "./archives.ts";

const IMPORT_KEY = "import_key_of_the_tests_0123456789";

/** The functions without crons: nothing happens by itself. */
const { crons: _, ...functions } = internalFunctions;

let persistence: string;
let archive: string;
let edge: Edge;
beforeAll(async () => {
  persistence = await temporaryDirectory();
  archive = join(await temporaryDirectory(), "from-node.zip");
  const here = await temporaryDirectory();
  const store = openNodeSqliteStore({ path: join(here, "tollgate.sqlite") });
  const gateway = openTestEngine(functions, store);
  await makeLedger(gateway);
  await gateway.engine.close();
  store.close();
  await exportSnapshot(here, archive, () => undefined);
});
afterAll(async () => await edge.close());

const http = overHttp(() => edge.url);
const place = { ...http, nowMs: () => Date.now() };

async function start(bindings: Record<string, string> = {}): Promise<void> {
  await edge?.close();
  edge = await startEdge({ bindings: { ...EDGE_BINDINGS, ...bindings }, persistence });
}

const upload = (importKey = IMPORT_KEY, file = archive) =>
  uploadSnapshot(remoteGateway({ url: edge.url, adminKey: importKey, place: null }), file);

/** Reads the gateway, which takes a delivery just when the reading has begun. */
async function downloadDisturbed(name: string, disturb: () => Promise<unknown>): Promise<string> {
  const file = join(await temporaryDirectory(), name);
  const gateway = remoteGateway({ url: edge.url, adminKey: TEST_ADMIN_KEY, place: null });
  let isDisturbed = false;
  const ask: typeof gateway.ask = async (path, body) => {
    if (path === "/api/query_at_ts" && !isDisturbed) {
      isDisturbed = true;
      await disturb();
    }
    return await gateway.ask(path, body);
  };
  await pagedSnapshot({ ...gateway, ask }, file, () => undefined);
  return file;
}

const download = async (name: string): Promise<string> => {
  const file = join(await temporaryDirectory(), name);
  await downloadSnapshot(
    { url: edge.url, adminKey: TEST_ADMIN_KEY, place: null },
    file,
    () => undefined,
  );
  return file;
};

test("W11 an archive moves from Node to the Worker and back, and the audit passes after each move", async () => {
  await start({ TOLLGATE_IMPORT_KEY: IMPORT_KEY });
  expect((await http.fetch("/healthz")).status).toBe(503);
  for (const key of ["wrong_key_0123456789", TEST_ADMIN_KEY]) {
    await expect(upload(key)).rejects.toThrow("import_unfinished");
  }
  const { code, stdout } = await tollgate(["import", archive, "--url", edge.url], {
    TOLLGATE_IMPORT_KEY: IMPORT_KEY,
  });
  expect(stdout).toMatch(/Taken into http:\S+:\n[\s\S]*events +\d+/);
  expect(code).toBe(0);
  await expect(upload()).rejects.toMatchObject({ code: "target_not_empty" });

  await start();
  const report = await auditOf({ call: (path, args) => http.run(path, args) });
  expect(report.findings).toEqual([]);
  const moved = await download("from-the-edge.zip");
  const [before, after] = [await documentsIn(archive), await documentsIn(moved)];
  for (const [table, documents] of after) {
    expect([table, documents]).toEqual([table, before.get(table)]);
  }
  const planId = await openPlan(http, "new at the edge");
  const there = await temporaryDirectory();
  await importSnapshot({
    archiveFile: await downloadDisturbed("last.zip", () =>
      tell(place, "customer.subscription.created", professional(planId)),
    ),
    dataDirectory: there,
    isReplacing: false,
  });
  const store = openNodeSqliteStore({ path: join(there, "tollgate.sqlite") });
  const gateway = openTestEngine(functions, store);
  expect(await planType({ run: gateway.call }, planId)).toBe("professional");
  expect((await auditOf(gateway)).findings).toEqual([]);
  await gateway.engine.close();
  store.close();
}, 60_000);

test("W11 an import that was not finished leaves an object that serves nothing, and begins again from nothing", async () => {
  persistence = await temporaryDirectory();
  await start({ TOLLGATE_IMPORT_KEY: IMPORT_KEY });
  const begin = (tables: object[]) =>
    http.fetch("/api/tollgate-import/begin", {
      method: "POST",
      headers: { authorization: `Convex ${IMPORT_KEY}` },
      body: JSON.stringify({ tables }),
    });
  expect((await begin([{ name: "plans", number: 10_001 }])).status).toBe(200);
  await start();
  expect(await (await http.fetch("/healthz")).json()).toMatchObject({ code: "import_unfinished" });
  await start({ TOLLGATE_IMPORT_KEY: IMPORT_KEY });
  const broken = join(await temporaryDirectory(), "broken.zip");
  await writeFile(broken, "no archive");
  await expect(upload(IMPORT_KEY, broken)).rejects.toMatchObject({ code: "archive_damaged" });
  await upload();
  await start();
  expect(await (await http.fetch("/healthz")).json()).toMatchObject({ status: "ready" });
}, 60_000);
