import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openNodeSqliteStore } from "../../src/hosts/node/nodeSqliteStore.ts";
import {
  deliveryOf,
  type JsonObject,
  listOf,
  price,
  stripeEvent,
  subscription,
  subscriptionItem,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { openConvexCli } from "../support/convexCli.ts";
import {
  type GatewayProcess,
  ledgerOf,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";
import { documentsIn } from "./archives.ts";

let gateway: GatewayProcess;
let planId: string;

beforeAll(async () => {
  gateway = await startGatewayProcess(await temporaryDirectory());
  planId = (await gateway.run("plans:open", { ownerId: "ann" })) as string;
  await deliver();
});
afterAll(async () => await gateway.kill());

async function deliver(): Promise<string> {
  const item = subscriptionItem({ price: price({ lookup_key: "professional_monthly" }) });
  const object = subscription({ metadata: { planId }, items: listOf([item]) });
  const event = stripeEvent("customer.subscription.created", object);
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const response = await gateway.deliver(deliveryOf(event, { timestampSeconds }));
  expect(response.status).toBe(200);
  return String(event["id"]);
}

async function newFile(): Promise<string> {
  return join(await temporaryDirectory(), "snapshot.zip");
}

const remote = () => ["--url", gateway.url, "--admin-key", TEST_ADMIN_KEY];

const copies = async () =>
  (await readdir(gateway.dataDirectory)).filter((name) => name.startsWith("export-"));

/** Takes an archive into a new data directory by the command, and starts a gateway there. */
async function startFrom(file: string): Promise<GatewayProcess> {
  const dataDirectory = await temporaryDirectory();
  const { code, stdout } = await tollgate(["import", file, "--data", dataDirectory]);
  expect(stdout).toMatch(/Taken into .*tollgate\.sqlite:\n[\s\S]*events +\d+/);
  expect(code).toBe(0);
  const environment = { STRIPE_WEBHOOK_SECRET: TEST_SIGNING_SECRET };
  const audited = await tollgate(["audit", "--data", dataDirectory], environment);
  expect(audited).toMatchObject({ code: 0 });
  return await startGatewayProcess(dataDirectory);
}

describe("Y8 a gateway that runs", () => {
  test("is exported by the real CLI of Convex while deliveries come, and starts elsewhere with all of them", async () => {
    const file = await newFile();
    const cli = await openConvexCli(gateway.url);
    const acknowledged: string[] = (await ledgerOf(gateway)).map((row) => row.stripeEventId);
    const exported = cli.run("export", "--path", file);
    let isOver = false;
    void exported.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await deliver();
    }
    const { code, stderr } = await exported;
    expect(stderr).toContain("Downloaded snapshot export");
    expect(code).toBe(0);
    expect(await copies()).toEqual([]);

    const moved = await startFrom(file);
    const events = (await ledgerOf(moved)).map((row) => row.stripeEventId);
    expect(events).toEqual(expect.arrayContaining(acknowledged));
    expect(await moved.run("plans:get", { planId })).toMatchObject({ planType: "professional" });
    const planHere = (await moved.run("plans:open", { ownerId: "ann" })) as string;
    expect(planHere).toBe(planId);
    await moved.kill();
  });

  test("is exported by tollgate export, with the same documents", async () => {
    const [first, second] = [await newFile(), await newFile()];
    expect(await tollgate(["export", "--path", first, ...remote()])).toMatchObject({ code: 0 });
    const cli = await openConvexCli(gateway.url);
    expect((await cli.run("export", "--path", second)).code).toBe(0);
    expect(await documentsIn(first)).toEqual(await documentsIn(second));
    const again = await tollgate(["export", "--path", first, ...remote()]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("(file_exists)") });
  });

  test("E11 gives an export to admins only, once, and removes its copy", async () => {
    const ask = (path: string, method: string, key?: string) =>
      fetch(`${gateway.url}${path}`, {
        method,
        headers: key === undefined ? {} : { authorization: `Convex ${key}` },
      });
    for (const key of [undefined, "wrong_key_0123456789"]) {
      expect((await ask("/api/export/request/zip", "POST", key)).ok).toBe(false);
      expect((await ask("/api/export/zip/1", "GET", key)).ok).toBe(false);
    }
    expect((await ask("/api/export/request/zip", "POST", TEST_ADMIN_KEY)).status).toBe(200);
    expect(await copies()).toHaveLength(1);
    const latest = (await gateway.run("_system/cli/exports:getLatest")) as JsonObject;
    const path = `/api/export/zip/${latest["start_ts"]}`;
    expect((await ask(path, "GET")).ok).toBe(false);
    const archive = await ask(path, "GET", TEST_ADMIN_KEY);
    expect(archive.headers.get("content-type")).toBe("application/zip");
    const file = await newFile();
    await writeFile(file, await archive.bytes());
    expect((await documentsIn(file)).get("plans")).toHaveLength(1);
    expect((await ask(path, "GET", TEST_ADMIN_KEY)).status).toBe(404);
    expect(await copies()).toEqual([]);
  });

  test("V5 takes no import, with whatever key: an archive can hold any plan", async () => {
    const file = await newFile();
    await tollgate(["export", "--path", file, ...remote()]);
    const before = await ledgerOf(gateway);
    const cli = await openConvexCli(gateway.url);
    const { code, stderr } = await cli.run("import", "--replace-all", "--yes", file);
    expect(code).not.toBe(0);
    expect(stderr).toContain("tollgate import");
    expect(await ledgerOf(gateway)).toEqual(before);
    const local = await tollgate(["import", file, "--data", gateway.dataDirectory, "--replace"]);
    expect(local).toMatchObject({ code: 3, stderr: expect.stringContaining("another Tollgate") });
    const url = await tollgate(["import", file, "--url", gateway.url]);
    expect(url).toMatchObject({ code: 2, stderr: expect.stringContaining("--data") });
  });
});

describe("Y9 a backup", () => {
  test("made while deliveries come is a database with which a gateway starts: nothing acknowledged before is missing", async () => {
    const acknowledged = [await deliver(), await deliver()];
    const response = await fetch(`${gateway.url}/api/export/request/zip`, {
      method: "POST",
      headers: { authorization: `Convex ${TEST_ADMIN_KEY}` },
    });
    expect(response.status).toBe(200);
    const [copy = ""] = await copies();
    const restored = await temporaryDirectory();
    await copyFile(join(gateway.dataDirectory, copy), join(restored, "tollgate.sqlite"));
    const other = await startGatewayProcess(restored);
    const events = (await ledgerOf(other)).map((row) => row.stripeEventId);
    expect(events).toEqual(expect.arrayContaining(acknowledged));
    await other.kill();
  });

  test("of the files of a gateway that was stopped is one file, which opens", async () => {
    const other = await startGatewayProcess(await temporaryDirectory());
    const opened = await other.run("plans:open", { ownerId: "bob" });
    await other.stop();
    const files = (await readdir(other.dataDirectory)).filter((name) => name.includes("sqlite"));
    expect(files).toEqual(["tollgate.sqlite"]);
    const restored = await temporaryDirectory();
    await copyFile(join(other.dataDirectory, "tollgate.sqlite"), join(restored, "tollgate.sqlite"));
    const again = await startGatewayProcess(restored);
    expect(await again.run("plans:open", { ownerId: "bob" })).toBe(opened);
    await again.kill();
  });

  test("is one consistent copy while somebody writes all the time", async () => {
    const directory = await temporaryDirectory();
    const store = openNodeSqliteStore({ path: join(directory, "a.sqlite") });
    store.exec("CREATE TABLE pairs (one INTEGER, other INTEGER); CREATE TABLE filler (text TEXT)");
    const fill = store.prepare("INSERT INTO filler VALUES (?)");
    store.transaction(() => {
      for (let row = 0; row < 4_000; row++) {
        fill.run("x".repeat(1_000));
      }
    });
    const pair = store.prepare("INSERT INTO pairs VALUES (?, ?)");
    let written = 0;
    const writing = setInterval(() => {
      store.batch.begin();
      pair.run(written, written);
      store.batch.commit();
      written += 1;
    }, 0);
    await store.copyTo(join(directory, "b.sqlite"));
    clearInterval(writing);
    store.close();
    const copy = openNodeSqliteStore({ path: join(directory, "b.sqlite") });
    const [[count, distinct, last] = []] = copy
      .prepare("SELECT count(*), count(DISTINCT one), coalesce(max(other), -1) FROM pairs")
      .all();
    expect(written).toBeGreaterThan(1);
    expect(distinct).toBe(count);
    expect(last).toBe(Number(count) - 1);
    expect(copy.prepare("PRAGMA integrity_check").all()).toEqual([["ok"]]);
    copy.close();
  });
});
