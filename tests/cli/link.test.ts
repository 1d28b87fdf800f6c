import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type GatewayProcess,
  startGatewayProcess,
  temporaryDirectory,
} from "../support/gatewayProcess.ts";
import { tollgate } from "../support/tollgateCli.ts";

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await startGatewayProcess(await temporaryDirectory());
});
afterAll(async () => await gateway.kill());

const WHOLE = ["link", "--owner", "ann", "--plan", "professional"];

describe("K4 tollgate link", () => {
  test("prints a link that the gateway takes, with the secret that the gateway made", async () => {
    const from = ["--data", gateway.dataDirectory, "--url", gateway.url];
    const { code, stdout, stderr } = await tollgate([...WHOLE, ...from]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const page = await fetch(stdout.trim());
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("professional plan for ann, paid every month");
  });

  test("prints its help", async () => {
    const { code, stdout } = await tollgate(["link", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--owner ID[\s\S]+Exit codes: 0 done;/);
  });

  test.each([
    ["no owner", ["link", "--plan", "professional"], "--owner"],
    ["no plan", ["link", "--owner", "ann"], "not on sale"],
    ["another plan", ["link", "--owner", "ann", "--plan", "gold"], "not on sale"],
    ["too long a life", [...WHOLE, "--minutes", "61"], "--minutes"],
    ["no address", [...WHOLE, "--url", "here"], "--url"],
    ["an unknown option", [...WHOLE, "--for", "ever"], "--for"],
    ["no secret", WHOLE, "there is no link secret"],
  ] as const)("with %s exits with 2 and says why", async (name, args, text) => {
    const { code, stdout, stderr } = await tollgate(args, {
      TOLLGATE_DATA: name === "no secret" ? "/nowhere" : gateway.dataDirectory,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(text);
  });
});
