import { once } from "node:events";
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";
import { spawnTollgate, tollgate } from "../support/tollgateCli.ts";

test("M8 listen shows what is delivered, and clock advance brings a renewal", async () => {
  const gateway = await startGatewayProcess(await temporaryDirectory(), {
    STRIPE_WEBHOOK_SECRET: undefined,
    TOLLGATE_SANDBOX: undefined,
  });
  const sandbox = /the sandbox at (http:\S+?),/.exec(gateway.output())?.[1] ?? "";
  const listener = spawnTollgate(["listen", "--json", "--sandbox", sandbox]);
  await once(listener.child.stderr as NodeJS.ReadableStream, "data");
  await tollgate(["trigger", "customer.subscription.created", "--sandbox", sandbox]);
  await eventually(async () => expect(listener.output().stdout).toContain('"invoice.paid"'));
  listener.child.kill();
  const lines = listener.output().stdout.trim().split("\n");
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
