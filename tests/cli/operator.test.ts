import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  startGatewayProcess,
  TEST_ADMIN_KEY,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

test("keys of a gateway that runs are made, used, rotated and revoked by the command line", async () => {
  const gateway = await startGatewayProcess(await temporaryDirectory());
  const as = (key: string, ...args: string[]) =>
    tollgate(args, { TOLLGATE_URL: gateway.url, TOLLGATE_ADMIN_KEY: key });
  try {
    const created = await as(TEST_ADMIN_KEY, "keys", "create", "ann", "--reason", "for Ann");
    const key = created.stdout.trim();
    const args = ["run", "plans:open", '{"ownerId":"bob"}', "--reason", "asked by mail"];
    expect((await as(key, ...args)).code).toBe(0);
    const { stdout } = await as(key, "actions", "--json");
    expect(JSON.parse(stdout)).toMatchObject([
      { keyName: "ann", functionPath: "plans.js:open", reason: "asked by mail" },
      { keyName: "environment", action: "create_admin_key", reason: "for Ann" },
    ]);
    expect(stdout).not.toContain("bob");
    expect((await as(TEST_ADMIN_KEY, "keys", "rotate", "environment")).stderr).toContain(
      "AdminKeyIsGiven",
    );
    expect((await as(TEST_ADMIN_KEY, "keys", "revoke", "ann")).code).toBe(0);
    expect(await as(key, "functions")).toMatchObject({ code: 3, stdout: "" });
    expect(gateway.output()).not.toContain(key);
  } finally {
    await gateway.kill();
  }
});

test("the key of a data directory is rotated there; the gateway takes the new one only", async () => {
  const directory = await temporaryDirectory();
  const first = await startGatewayProcess(directory, { TOLLGATE_ADMIN_KEY: undefined });
  await first.stop();
  const kept = async () => (await readFile(join(directory, "admin-key"), "utf8")).trim();
  const old = await kept();
  const rotated = await tollgate([
    "keys",
    "rotate",
    "local",
    "--overlap",
    "0",
    "--data",
    directory,
  ]);
  expect(rotated).toMatchObject({ code: 0, stdout: `${await kept()}\n` });
  expect(await kept()).not.toBe(old);
  const gateway = await startGatewayProcess(directory, { TOLLGATE_ADMIN_KEY: undefined });
  try {
    const as = (key: string) =>
      tollgate(["keys", "--json"], { TOLLGATE_URL: gateway.url, TOLLGATE_ADMIN_KEY: key });
    expect((await as(old)).code).toBe(3);
    expect(JSON.parse((await as(await kept())).stdout)).toMatchObject([{ name: "local" }]);
  } finally {
    await gateway.kill();
  }
});
