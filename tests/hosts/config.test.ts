import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../src/hosts/node/config.ts";

const TEST_KEY = "sk_test_0123456789abcdefSECRET";
const LIVE_KEY = "rk_live_0123456789abcdefSECRET";
const SIGNING_SECRET = "whsec_0123456789abcdefSECRET";
const ADMIN_KEY = "0123456789abcdef-SECRET";

const SECRET_VARIABLES = ["STRIPE_WEBHOOK_SECRET", "STRIPE_SECRET_KEY", "TOLLGATE_ADMIN_KEY"];
const VARIABLES = [
  ...SECRET_VARIABLES,
  ...["HOST", "PORT", "TOLLGATE_DATA", "STRIPE_API_URL", "STRIPE_MODE"],
];

describe("without variables", () => {
  test("everything has its default", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 8787,
      dataDirectory: ".tollgate",
      stripeMode: "test",
      stripeApiUrl: "https://api.stripe.com",
      stripeSecretKey: null,
      signingSecrets: null,
      adminKey: null,
      bodyRetentionDays: null,
      sandbox: { port: 12_111, isAsked: false },
      linkSecrets: null,
      log: "text",
      tracesEndpoint: null,
      warnings: [],
    });
  });

  test("other programs' variables change nothing", () => {
    expect(readConfig({ PATH: "/bin", STRIPE_OTHER: "x", tollgate_data: "y" })).toEqual(
      readConfig({}),
    );
  });
});

describe("a variable that is set", () => {
  test("wins over its default", () => {
    const config = readConfig({
      HOST: "::1",
      PORT: "0",
      TOLLGATE_DATA: "/var/lib/tollgate",
      STRIPE_API_URL: "http://localhost:12111",
      STRIPE_MODE: "live",
      STRIPE_SECRET_KEY: LIVE_KEY,
      STRIPE_WEBHOOK_SECRET: SIGNING_SECRET,
      TOLLGATE_ADMIN_KEY: ADMIN_KEY,
    });
    expect(config).toMatchObject({
      host: "::1",
      port: 0,
      dataDirectory: "/var/lib/tollgate",
      stripeMode: "live",
      stripeApiUrl: "http://localhost:12111",
    });
    expect(config.stripeSecretKey?.reveal()).toBe(LIVE_KEY);
    expect(config.signingSecrets?.reveal()).toBe(SIGNING_SECRET);
    expect(config.adminKey?.reveal()).toBe(ADMIN_KEY);
  });

  test.each(VARIABLES)("but blank stops the start: %s", (name) => {
    for (const blank of ["", " ", "\t\n"]) {
      expect(problemsOf({ [name]: blank })).toContainEqual(
        `${name} is set but blank: give it a value or remove it`,
      );
    }
  });

  test("in part, where an identity provider needs more, stops the start", () => {
    expect(problemsOf({ TOLLGATE_AUTH_ISSUER: "https://id.example" })).toEqual([
      "TOLLGATE_AUTH_JWKS and TOLLGATE_AUTH_AUDIENCE must be set too: the provider needs " +
        "TOLLGATE_AUTH_ISSUER, TOLLGATE_AUTH_JWKS, TOLLGATE_AUTH_AUDIENCE",
    ]);
    expect(() =>
      readConfig({ TOLLGATE_AUTH_DOMAIN: "id.example", TOLLGATE_AUTH_APPLICATION_ID: "app" }),
    ).not.toThrow();
  });

  test.each([
    ["HOST", "http://127.0.0.1"],
    ["HOST", "127.0.0.1:8787"],
    ["HOST", "[::1]"],
    ["HOST", "my host"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", "0x50"],
    ["PORT", " 80"],
    ["TOLLGATE_DATA", "a\0b"],
    ["STRIPE_API_URL", "api.stripe.com"],
    ["STRIPE_API_URL", "ftp://api.stripe.com"],
    ["STRIPE_API_URL", "https://user:password@api.stripe.com"],
    ["STRIPE_API_URL", "https://api.stripe.com/v1"],
    ["STRIPE_API_URL", "https://api.stripe.com/?a=b"],
    ["STRIPE_API_URL", "http://api.stripe.com"],
    ["STRIPE_API_URL", "http://127.0.0.1.example.com"],
    ["STRIPE_MODE", "Live"],
    ["STRIPE_MODE", "production"],
    ["STRIPE_SECRET_KEY", "pk_test_0123456789abcdefSECRET"],
    ["STRIPE_SECRET_KEY", "sk_test_short"],
    ["STRIPE_SECRET_KEY", "sk_0123456789abcdefSECRET"],
    ["STRIPE_SECRET_KEY", `${TEST_KEY}\n`],
    ["STRIPE_WEBHOOK_SECRET", "whsec_short"],
    ["STRIPE_WEBHOOK_SECRET", TEST_KEY],
    ["STRIPE_WEBHOOK_SECRET", `${SIGNING_SECRET},`],
    ["STRIPE_WEBHOOK_SECRET", Array.from({ length: 9 }, (_, i) => SIGNING_SECRET + i).join()],
    ["TOLLGATE_ADMIN_KEY", "only-15-letters"],
    ["TOLLGATE_ADMIN_KEY", "has:a-colon-0123456789SECRET"],
    ["TOLLGATE_ADMIN_KEY", "has a space 0123456789SECRET"],
    ["TOLLGATE_ADMIN_KEY", "Schlüssel-0123456789SECRET"],
    ["TOLLGATE_ADMIN_KEY", "a".repeat(513)],
  ])("but malformed stops the start with one line that names it: %s=%j", (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} [^\n\0]+: [^\n\0]+$`));
  });

  test.each([
    ["HOST", "0.0.0.0"],
    ["HOST", "localhost"],
    ["HOST", "tollgate.internal"],
    ["PORT", "65535"],
    ["STRIPE_API_URL", "https://api.stripe.com/"],
    ["STRIPE_API_URL", "http://127.0.0.2:80"],
    ["STRIPE_API_URL", "http://[::1]:12111"],
    ["STRIPE_WEBHOOK_SECRET", ` ${SIGNING_SECRET} ,\n${SIGNING_SECRET}2 `],
    ["TOLLGATE_ADMIN_KEY", "~!@#$%^&*()_+-=/0"],
    ["TOLLGATE_ADMIN_KEY", "a".repeat(512)],
  ])("is accepted: %s=%j", (name, value) => {
    expect(() => readConfig({ [name]: value })).not.toThrow();
  });

  test("shows what is wrong when it is no secret", () => {
    expect(problemsOf({ PORT: "http" })).toEqual([
      'PORT is "http", not a port: use a whole number from 0 (any free port) to 65535',
    ]);
  });

  test("cannot bring more lines into the message, or a long one", () => {
    const [problem = ""] = problemsOf({ HOST: `a\nb${"c".repeat(10_000)}` });
    expect(problem.length).toBeLessThan(300);
    expect(problem).not.toContain("\n");
  });
});

describe("the mode", () => {
  test.each([
    ["test", {}],
    ["test", { STRIPE_SECRET_KEY: TEST_KEY }],
    ["live", { STRIPE_SECRET_KEY: LIVE_KEY }],
    ["live", { STRIPE_MODE: "live" }],
    ["live", { STRIPE_MODE: "live", STRIPE_SECRET_KEY: LIVE_KEY }],
  ])("is %s with %j", (mode, environment) => {
    expect(readConfig(environment).stripeMode).toBe(mode);
  });

  test.each([
    ["test", LIVE_KEY],
    ["live", TEST_KEY],
  ])("cannot be %s when the key says otherwise", (mode, key) => {
    const problems = problemsOf({ STRIPE_MODE: mode, STRIPE_SECRET_KEY: key });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^STRIPE_MODE is ${mode}, but STRIPE_SECRET_KEY`));
  });
});

describe("a name that begins with TOLLGATE_ and is not ours", () => {
  test.each([
    ["TOLLGATE_DATE", "TOLLGATE_DATA"],
    ["TOLLGATE_DATA_DIR", "TOLLGATE_DATA"],
    ["TOLLGATE_ADMINKEY", "TOLLGATE_ADMIN_KEY"],
    ["TOLLGATE_ADMIN_KEYS", "TOLLGATE_ADMIN_KEY"],
  ])("is pointed out with the closest one: %s", (name, closest) => {
    const { warnings } = readConfig({ [name]: "SECRET" });
    expect(warnings).toEqual([
      `"${name}" is not a variable of Tollgate: did you mean ${closest}? If not, remove it`,
    ]);
  });
});

describe("all problems", () => {
  test("come at once, a line each, under one code", () => {
    const error = errorOf({
      PORT: "x",
      STRIPE_MODE: "live",
      STRIPE_SECRET_KEY: TEST_KEY,
      STRIPE_WEBHOOK_SECRET: " ",
      TOLLGATE_ADMIN_KEY: "short",
    });
    expect(error.code).toBe("config_invalid");
    expect(error.message.split("\n")).toEqual([
      "the configuration cannot be used:",
      expect.stringMatching(/^PORT /),
      expect.stringMatching(/^STRIPE_WEBHOOK_SECRET /),
      expect.stringMatching(/^TOLLGATE_ADMIN_KEY /),
      expect.stringMatching(/^STRIPE_MODE /),
    ]);
  });
});

describe("secrets", () => {
  test("never show when the configuration is printed in any way", () => {
    const config = readConfig({
      STRIPE_SECRET_KEY: TEST_KEY,
      STRIPE_WEBHOOK_SECRET: SIGNING_SECRET,
      TOLLGATE_ADMIN_KEY: ADMIN_KEY,
    });
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: null, showHidden: true }),
      inspect(config, { customInspect: false, depth: null, showHidden: true }),
      inspect(structuredClone({ ...config.adminKey })),
      `${config.stripeSecretKey} ${config.signingSecrets} ${config.adminKey}`,
      Object.entries({ ...config }).join(),
    ]) {
      expect(text).not.toContain("SECRET");
    }
  });

  test.each(SECRET_VARIABLES)("never show in an error about %s", (name) => {
    const error = errorOf({ [name]: "my SECRET: value" });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain("SECRET: value");
  });

  test("never show when they ended up in another variable that may hold them", () => {
    const misplaced = { STRIPE_MODE: TEST_KEY, STRIPE_API_URL: SIGNING_SECRET };
    expect(inspect(errorOf(misplaced), { depth: null })).not.toContain("abcdefSECRET");
  });
});

function problemsOf(environment: Record<string, string>): readonly string[] {
  return errorOf(environment).problems;
}

function errorOf(environment: Record<string, string>): ConfigError {
  try {
    readConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error as ConfigError;
  }
  throw new Error("it was accepted");
}
