import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDashboard } from "../../src/hosts/node/dashboard/createDashboard.ts";
import { openPlan, professional, tell } from "../contract/asking.ts";
import { overHttp } from "../contract/runners/overHttp.ts";
import { SyncSocket } from "../contract/SyncSocket.ts";
import { EDGE_BINDINGS } from "../support/edge/bindings.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";
import { silentLog } from "../support/testEngine.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

let wrangler: ChildProcess;
let url: string;
/** `npm run edge`: wrangler reads `wrangler.toml`, has the dashboard built, and serves it. */
beforeAll(async () => {
  const directory = await temporaryDirectory();
  const secrets = join(directory, "secrets");
  const lines = Object.entries(EDGE_BINDINGS).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(secrets, lines.join(""));
  const options = ["--port", "0", "--inspector-port", "0", "--persist-to", directory];
  wrangler = spawn(process.execPath, [WRANGLER, "dev", "--env-file", secrets, ...options], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  });
  for await (const line of createInterface({ input: wrangler.stdout as NodeJS.ReadableStream })) {
    const [, ready] = /Ready on (http:\S+)/.exec(line) ?? [];
    if (ready !== undefined) {
      url = ready;
      break;
    }
  }
}, 60_000);
afterAll(async () => {
  wrangler.kill();
  await once(wrangler, "exit");
});

test("W9 the dashboard's files are served as on Node, with the same headers", async () => {
  const onNode = createDashboard(silentLog);
  const page = await (await onNode(new Request(`${url}/dashboard`)))?.text();
  const paths = [...(page ?? "").matchAll(/(?:href|src)="(\/dashboard\/[^"]+)"/g)];
  expect(paths).toHaveLength(3);
  for (const path of ["/dashboard", ...paths.map(([, each = ""]) => each)]) {
    const expected = await onNode(new Request(`${url}${path}`));
    const served = await fetch(`${url}${path}`);
    expect(await served.text()).toBe(await expected?.text());
    const headers = Object.fromEntries(served.headers);
    const { vary: _, ...wanted } = Object.fromEntries(expected?.headers ?? []);
    expect(headers).toMatchObject(wanted);
  }
});

test("W9 what is beside it is answered by the gateway, and the page's connection is live", async () => {
  expect((await fetch(`${url}/dashboard/nothing`)).status).toBe(404);
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: "ready" });
  const http = overHttp(() => url);
  const place = { ...http, nowMs: () => Date.now() };
  const planId = await openPlan(http, "watched by an operator");
  const socket = await SyncSocket.open(http);
  socket.watch("dashboard:ledgerSize", {});
  await socket.until(({ text }) => text.includes('"value":0'));
  await tell(place, "customer.subscription.created", professional(planId));
  await socket.until(({ text }) => text.includes('"value":1'));
  socket.close();
});
