import { expect, test, vi } from "vitest";
import { triggerCommand } from "../../src/cli/commands/trigger.ts";
import { TRIGGERS } from "../../src/cli/sandbox/triggers.ts";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";

test("M8 every event that trigger lists comes, and the gateway takes it", async () => {
  const gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: undefined,
    TOLLGATE_SANDBOX: undefined,
  });
  const sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    for (const type of Object.keys(TRIGGERS)) {
      written.mockClear();
      const values = { sandbox, owner: `owner of ${type}` };
      expect(await triggerCommand.run({ values, positionals: [type] })).toBe(0);
      const printed = written.mock.calls.map(([text]) => String(text)).join("");
      expect(printed).toMatch(new RegExp(`^\\S+  ${type}  evt_\\w+  200$`, "m"));
    }
  } finally {
    written.mockRestore();
    await gateway.stop();
  }
}, 60_000);
