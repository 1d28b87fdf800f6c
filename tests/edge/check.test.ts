import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeDevSecrets } from "../../src/cli/edge/secretsFile.ts";
import { temporaryDirectory } from "../support/gatewayProcess.ts";

const CHECK = join(import.meta.dirname, "../../src/cli/edgeCheck.ts");

/** So that it stays small: what is in it, `npm run edge:check` says. */
const MAX_BUNDLE_KIB = 900;

async function check(secrets: string): Promise<{ stdout: string; stderr: string; code?: number }> {
  const args = [CHECK, "--secrets", secrets];
  return await promisify(execFile)(process.execPath, args).catch(
    (error: unknown) => error as never,
  );
}

test("W3 the check of a deployment stops with the names of what is missing or short", async () => {
  const file = join(await temporaryDirectory(), "secrets");
  await writeFile(file, "STRIPE_WEBHOOK_SECRET=whsec_short\n");
  const { code, stderr } = await check(file);
  expect(code).toBe(1);
  expect(stderr).toContain("STRIPE_WEBHOOK_SECRET entry 1 of 1 is too short");
  expect(stderr).toContain("TOLLGATE_ADMIN_KEY is missing");
  expect(stderr).not.toContain("whsec_short");
});

test("W3 with the secrets that are made for development, the bundle is made and stays small", async () => {
  const file = join(await temporaryDirectory(), "secrets");
  expect(makeDevSecrets(file)).toBe(true);
  const made = await readFile(file, "utf8");
  expect(makeDevSecrets(file)).toBe(false);
  expect(await readFile(file, "utf8")).toBe(made);
  expect((await stat(file)).mode & 0o077).toBe(0);
  const { stdout } = await check(file);
  const [, kib] = /^Deployable\. Bundle: ([\d.]+) KiB, gzip [\d.]+ KiB; in it:/.exec(stdout) ?? [];
  expect(Number(kib)).toBeLessThan(MAX_BUNDLE_KIB);
  expect(stdout).toMatch(/KiB {2}src\/engine/);
});
