import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const DEMO = join(import.meta.dirname, "../../src/cli/demo.ts");

test("the demo ends by itself and shows a plan paid for, a forgery refused and the end of the plan", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO], {
    env: { PATH: process.env["PATH"] },
  });
  expect(stderr).toBe("");
  const [opened, paid, again, forged, client, operator, ended, explained] = stdout
    .split("\n\n")
    .slice(1);
  expect(opened).toContain("the plan is free");
  expect(paid).toContain("the plan is professional");
  expect(again).toContain('"isDuplicate":true');
  expect(forged).toMatch(/400 .*signature_not_verified[\s\S]*the plan is professional/);
  expect(client).toContain("Could not find public function");
  expect(operator).toContain("event_not_found");
  expect(ended).toContain("the plan is free");
  expect(explained).toMatch(/evt_demo_\d[\s\S]*evt_demo_\d/);
});
