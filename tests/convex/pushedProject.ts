import { cp, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type CliResult, openConvexCli } from "../support/convexCli.ts";
import { TEST_ADMIN_KEY, temporaryDirectory } from "../support/gatewayProcess.ts";
import type { PushReceiver } from "./pushReceiver.ts";

const ROOT = resolve(import.meta.dirname, "../..");

const FILES = ["package.json", "convex.json", "tsconfig.json", "tsconfig.core.json", "src"];

/**
 * Runs a command of the real CLI on a copy of this whole project, as somebody does who has just cloned it:
 * `deploy` and `dev` also generate code, which is why it is a copy.
 */
export async function pushProject(
  receiver: PushReceiver,
  ...args: string[]
): Promise<CliResult & { project: string }> {
  const project = await temporaryDirectory();
  for (const file of FILES) {
    await cp(join(ROOT, file), join(project, file), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(project, "node_modules"));
  const cli = await openConvexCli(receiver.url, TEST_ADMIN_KEY, project);
  return { ...(await cli.run(...args)), project };
}
