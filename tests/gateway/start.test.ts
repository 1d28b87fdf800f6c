import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startGatewayProcess, temporaryDirectory } from "../support/gatewayProcess.ts";

describe("C2 C3 npm start", () => {
  test("without secrets makes random ones, keeps them for the owner alone, and does not print them", async () => {
    const directory = await temporaryDirectory();
    const unset = { STRIPE_WEBHOOK_SECRET: undefined, TOLLGATE_ADMIN_KEY: undefined };
    const first = await startGatewayProcess(directory, unset);
    for (const name of ["webhook-secret", "admin-key"]) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
    expect(first.output()).toContain("made on this first start");
    expect(first.output()).not.toMatch(/whsec_[0-9a-zA-Z]{8}|tollgate_admin_[0-9a-zA-Z]{8}/);
    expect(await first.stop()).toBe(0);
    const second = await startGatewayProcess(directory, unset);
    expect(second.output()).not.toContain("made on this first start");
    const fingerprint = /fingerprint (\w+)/;
    expect(fingerprint.exec(second.output())?.[1]).toBe(fingerprint.exec(first.output())?.[1]);
    await second.kill();
  });

  test.each([
    ["STRIPE_WEBHOOK_SECRET", ""],
    ["STRIPE_WEBHOOK_SECRET", "whsec_short"],
    ["STRIPE_WEBHOOK_SECRET", "not_a_secret_0123456789abcdef"],
    ["STRIPE_WEBHOOK_SECRET", "whsec_0123456789abcdef0123,"],
    ["STRIPE_SECRET_KEY", "pk_test_0123456789abcdef0123"],
    ["STRIPE_MODE", "production"],
    ["TOLLGATE_ADMIN_KEY", "short"],
    ["TOLLGATE_ADMIN_KEY", ""],
    ["PORT", "http"],
    ["STRIPE_API_URL", "http://stripe.example.org"],
  ])(
    "is stopped by %s=%j with a message that names the variable and not its value",
    async (name, value) => {
      const directory = await temporaryDirectory();
      const failure = await startGatewayProcess(directory, { [name]: value }).then(
        () => null,
        (error: Error) => error.message,
      );
      expect(failure).toContain("Tollgate could not start");
      expect(failure).toContain(name);
      if (value.length > 8 && name !== "STRIPE_MODE") {
        expect(failure).not.toContain(value);
      }
    },
  );

  test("is stopped when another gateway uses the data directory, and says so", async () => {
    const directory = await temporaryDirectory();
    const first = await startGatewayProcess(directory);
    await expect(startGatewayProcess(directory)).rejects.toThrow(/another/i);
    await first.kill();
  });

  test("is stopped when the port is taken, and says which variable to change", async () => {
    const first = await startGatewayProcess(await temporaryDirectory());
    const PORT = new URL(first.url).port;
    await expect(startGatewayProcess(await temporaryDirectory(), { PORT })).rejects.toThrow(/PORT/);
    await first.kill();
  });
});
