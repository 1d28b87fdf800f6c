import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/tollgate.ts");

test("M8 listen shows what is delivered, and clock advance brings a renewal", async () => {
  const gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: undefined,
    TOLLGATE_SANDBOX: undefined,
  });
  const sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
  const listener = spawn(process.execPath, [MAIN, "listen", "--json", "--sandbox", sandbox]);
  await once(listener.stderr, "data");
  let output = "";
  const shown = new Promise<void>((resolve) => {
    listener.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('"invoice.paid"')) {
        resolve();
      }
    });
  });
  await tollgate(["trigger", "customer.subscription.created", "--sandbox", sandbox]);
  await shown;
  listener.kill();
  const lines = output.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ type: "customer.subscription.created", status: 200 }),
  );
  const moved = await tollgate(["clock", "advance", "32d", "--sandbox", sandbox]);
  expect(moved).toMatchObject({ code: 0, stderr: "" });
  const events = (await gateway.run("events:list", {
    paginationOpts: { numItems: 100, cursor: null },
  })) as { page: { type: string }[] };
  expect(events.page.filter(({ type }) => type === "invoice.paid")).toHaveLength(2);
  await gateway.stop();
});
