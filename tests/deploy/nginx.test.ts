import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { ConvexClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_BODY_BYTES } from "../../src/routes/webhook/delivery.ts";
import {
  checkoutSession,
  deliveryOf,
  type JsonObject,
  stripeEvent,
  TEST_SIGNING_SECRET,
} from "../fixtures/stripe.ts";
import { eventually } from "../support/eventually.ts";
import {
  type GatewayProcess,
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";

const CONFIGURATION = resolve(import.meta.dirname, "../../deploy/nginx.conf");

const nginxPath = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"].find(
  (path) => spawnSync(path, ["-v"]).status === 0,
);

describe.skipIf(nginxPath === undefined)("behind nginx (skipped where there is none)", () => {
  let gateway: GatewayProcess;
  let nginx: ChildProcess;
  let url: string;

  beforeAll(async () => {
    gateway = await startGatewayProcess(await temporaryDirectory());
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const server = (await readFile(CONFIGURATION, "utf8"))
      .replace("listen 8080;", `listen 127.0.0.1:${port};`)
      .replace("127.0.0.1:8787", new URL(gateway.url).host);
    const directory = await temporaryDirectory();
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path ${join(directory, kind)};`,
    );
    const file = join(directory, "nginx.conf");
    const http = `access_log off; ${paths.join(" ")}\n${server}`;
    await writeFile(
      file,
      // Its workers would be of a user who may not see this directory.
      `${process.getuid?.() === 0 ? "user root;" : ""} daemon off; pid ${join(directory, "pid")}; error_log ${join(directory, "log")};\nevents {}\nhttp { ${http} }\n`,
    );
    nginx = spawn(String(nginxPath), ["-p", directory, "-c", file], { stdio: "ignore" });
    await eventually(async () => {
      const health = await fetch(`${url}/healthz`).catch(() => null);
      expect(health?.status).toBe(200);
    });
  });
  afterAll(async () => {
    const exited = once(nginx, "exit");
    nginx.kill("SIGTERM");
    await exited;
    await gateway.kill();
  });

  const post = async (body: string, signatureHeader: string): Promise<Response> =>
    await fetch(`${url}/stripe/webhook`, {
      method: "POST",
      headers: { "stripe-signature": signatureHeader },
      body,
    });

  test("V1 a delivery keeps its bytes, so its signature holds; a changed one is refused", async () => {
    const planId = (await gateway.run("plans:open", { ownerId: "ann" })) as string;
    const session = checkoutSession({ client_reference_id: planId, note: "schön 🧾 \u2028 ü" });
    const { body, signatureHeader } = signed(stripeEvent("checkout.session.completed", session));
    expect((await post(`${body}\n`, signatureHeader)).status).toBe(400);
    expect((await post(body, signatureHeader)).status).toBe(200);
    expect(await gateway.run("plans:get", { planId })).toMatchObject({ planType: "professional" });
  });

  test("C5 the longest delivery passes, and a longer one gets the gateway's own answer", async () => {
    const filler = "x".repeat(MAX_BODY_BYTES - 4_096);
    const event = stripeEvent("customer.updated", { id: "cus_1", object: "customer", filler });
    const { body, signatureHeader } = signed(event);
    expect((await post(body, signatureHeader)).status).toBe(200);
    const refused = await post("x".repeat(MAX_BODY_BYTES + 1), signatureHeader);
    expect([refused.status, await refused.json()]).toMatchObject([413, { code: "body_too_large" }]);
  });

  test("E14 a live query hears of changes through it", async () => {
    const client = new ConvexClient(url);
    (client as unknown as { client: { setAdminAuth(key: string): void } }).client.setAdminAuth(
      TEST_ADMIN_KEY,
    );
    const seen: unknown[] = [];
    const counts = makeFunctionReference<"query">("inbox:counts");
    client.onUpdate(counts, {}, (value) => seen.push(value));
    await eventually(async () => expect(seen).toHaveLength(1));
    const { body, signatureHeader } = signed(stripeEvent("radar.x", { id: "r_1", object: "x" }));
    expect((await post(body, signatureHeader)).status).toBe(200);
    await eventually(async () => expect(seen).toHaveLength(2));
    await client.close();
  });
});

function signed(event: JsonObject): ReturnType<typeof deliveryOf> {
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  return deliveryOf(event, { secret: TEST_SIGNING_SECRET, timestampSeconds });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
