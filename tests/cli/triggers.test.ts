import { expect, test } from "vitest";
import { TRIGGERS } from "../../src/cli/sandbox/triggers.ts";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

test("M8 every event that trigger lists comes, and the gateway takes it", async () => {
  const gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: undefined,
    TOLLGATE_SANDBOX: undefined,
  });
  const sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
  for (const type of Object.keys(TRIGGERS)) {
    const { stdout, stderr } = await tollgate([
      ...["trigger", type, "--sandbox", sandbox],
      ...["--owner", `owner of ${type}`],
    ]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(new RegExp(`${type}  evt_\\w+  200`));
  }
  await gateway.stop();
}, 60_000);
