import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type GatewayProcess, spawnGateway } from "./spawnGateway.ts";

export { type GatewayProcess, ledgerOf, TEST_ADMIN_KEY } from "./spawnGateway.ts";

const temporaryDirectories: string[] = [];
const gateways: GatewayProcess[] = [];
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.kill()));
  for (const directory of temporaryDirectories) {
    await rm(directory, { recursive: true, force: true });
  }
});

/** A new directory, removed when the test file is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tollgate-test-"));
  temporaryDirectories.push(directory);
  return directory;
}

/** {@link spawnGateway}; killed when the test file is over. */
export async function startGatewayProcess(
  ...how: Parameters<typeof spawnGateway>
): Promise<GatewayProcess> {
  const gateway = await spawnGateway(...how);
  gateways.push(gateway);
  return gateway;
}
