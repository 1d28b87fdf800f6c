import { queryGeneric as query } from "convex/server";
import { base64url, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Authenticator } from "../../src/engine/auth/Authenticator.ts";
import { findAuthProviders } from "../../src/engine/auth/authConfig.ts";
import type { RequestError } from "../../src/engine/errors.ts";
import {
  AUTH_KEYS_FRESH_MS,
  AUTH_KEYS_MIN_INTERVAL_MS,
  AUTH_KEYS_USABLE_MS,
  MAX_AUTH_DOCUMENT_BYTES,
} from "../../src/engine/limits.ts";
import type { Timer } from "../../src/engine/ports.ts";
import type { Identity } from "../../src/engine/runtime/Identity.ts";
import { systemFetch, systemTimer } from "../../src/hosts/node/systemPorts.ts";
import {
  dataUrl,
  type IdentityProvider,
  newSigningKey,
  type SigningKey,
  signToken,
  startIdentityProvider,
} from "../support/identityProvider.ts";
import { openTestEngine } from "../support/testEngine.ts";

const NOW_S = 1_800_000_000;
const APP = "app-1";

let rsa: SigningKey;
let ec: SigningKey;
let ed: SigningKey;
let other: SigningKey;
let idp: IdentityProvider;
let nowMs: number;
const clock = { nowMs: () => nowMs };

beforeAll(async () => {
  rsa = await newSigningKey("rsa-1");
  ec = await newSigningKey("ec-1", "ES256");
  ed = await newSigningKey("ed-1", "EdDSA");
  other = await newSigningKey("rsa-2");
});
beforeEach(async () => {
  nowMs = NOW_S * 1_000;
  idp = await startIdentityProvider();
  idp.keys = [rsa, ed];
  return () => idp.close();
});

function authenticator(providers: unknown[], timer: Timer = systemTimer): Authenticator {
  const modules = new Map([["auth.config.js", { default: { providers } }]]);
  return new Authenticator(findAuthProviders(modules), { clock, fetch: systemFetch, timer });
}

function oidc() {
  return authenticator([{ domain: idp.url, applicationID: APP }]);
}

function oidcClaims(more: JWTPayload = {}): JWTPayload {
  return { iss: idp.url, aud: APP, sub: "ann", iat: NOW_S, exp: NOW_S + 60, ...more };
}

const ISSUER = "https://issuer.example.com";
const customClaims = { iss: ISSUER, sub: "bob", iat: NOW_S, exp: NOW_S + 60 };

function customJwt(more: Record<string, unknown> = {}) {
  return authenticator([
    { type: "customJwt", issuer: ISSUER, jwks: dataUrl([ec]), algorithm: "ES256", ...more },
  ]);
}

async function refusal(promise: Promise<Identity>): Promise<RequestError> {
  return await promise.then(
    (identity) => expect.fail(`accepted as ${identity.tokenIdentifier}`),
    (error: unknown) => error as RequestError,
  );
}

const UNVERIFIED =
  "Could not verify OIDC token claim. Check that the token signature is valid and the token hasn't expired.";

describe("E20 an OpenID Connect token", () => {
  test("fills Convex's typed fields, and leaves other claims beside them", async () => {
    const token = await signToken(
      rsa,
      oidcClaims({
        name: "Ann",
        given_name: "A",
        preferred_username: "annie",
        profile: "https://example.com/ann",
        picture: "https://example.com/ann.png",
        email: "ann@example.com",
        email_verified: true,
        birthdate: "2000-01-01",
        zoneinfo: "Europe/Paris",
        locale: "fr",
        phone_number: "+1",
        phone_number_verified: false,
        address: { formatted: "1 Rue" },
        updated_at: 1_234_567_890,
        org: { id: "o1", roles: ["admin"] },
        jti: "changes",
        nbf: NOW_S,
        fva: [1, 2],
        nonce: "n",
      }),
    );
    expect(await oidc().identify(token)).toEqual({
      tokenIdentifier: `${idp.url}|ann`,
      issuer: idp.url,
      subject: "ann",
      name: "Ann",
      givenName: "A",
      preferredUsername: "annie",
      profileUrl: "https://example.com/ann",
      pictureUrl: "https://example.com/ann.png",
      email: "ann@example.com",
      emailVerified: true,
      birthday: "2000-01-01",
      timezone: "Europe/Paris",
      language: "fr",
      phoneNumber: "+1",
      phoneNumberVerified: false,
      address: "1 Rue",
      updatedAt: "2009-02-13T23:31:30+00:00",
      org: { id: "o1", roles: ["admin"] },
    });
  });

  test("cannot replace a field by a claim of that name", async () => {
    const token = await signToken(
      rsa,
      oidcClaims({ tokenIdentifier: "admin", subject: "admin", emailVerified: true }),
    );
    expect(await oidc().identify(token)).toEqual({
      tokenIdentifier: `${idp.url}|ann`,
      issuer: idp.url,
      subject: "ann",
    });
  });

  test("may be signed with EdDSA", async () => {
    expect(await oidc().identify(await signToken(ed, oidcClaims()))).toMatchObject({
      subject: "ann",
    });
  });

  test("may spell its issuer with a slash that the configuration lacks", async () => {
    idp.issuer = `${idp.url}/`;
    const token = await signToken(rsa, oidcClaims({ iss: `${idp.url}/` }));
    expect(await oidc().identify(token)).toMatchObject({ issuer: `${idp.url}/` });
  });

  test("is good until the second it expires in", async () => {
    const token = await signToken(rsa, oidcClaims());
    const verifier = oidc();
    nowMs = (NOW_S + 59) * 1_000 + 999;
    await verifier.identify(token);
    nowMs += 1;
    expect(await refusal(verifier.identify(token))).toMatchObject({
      status: 401,
      code: "Unauthenticated",
      message: UNVERIFIED,
    });
  });

  test.each([
    ["no expiry", { exp: undefined }],
    ["no subject", { sub: undefined }],
    ["no time of issue", { iat: undefined }],
    ["a start in the future", { nbf: NOW_S + 10 }],
    ["a second audience", { aud: [APP, "app-2"] }],
  ])("with %s is refused", async (_, claims) => {
    const token = await signToken(rsa, oidcClaims(claims as unknown as JWTPayload));
    expect(await refusal(oidc().identify(token))).toMatchObject({
      code: "Unauthenticated",
      message: UNVERIFIED,
    });
  });

  test("of a provider that does not answer is refused with Convex's code", async () => {
    idp.fault = null;
    expect(await refusal(oidc().identify(await signToken(rsa, oidcClaims())))).toMatchObject({
      status: 400,
      code: "AuthProviderDiscoveryFailed",
      message: expect.stringContaining(`Auth provider discovery of ${idp.url} failed`),
    });
  });

  test("of a provider that describes another issuer is refused", async () => {
    idp.issuer = "https://evil.example.com";
    expect(await refusal(oidc().identify(await signToken(rsa, oidcClaims())))).toMatchObject({
      code: "AuthProviderDiscoveryFailed",
    });
  });
});

describe("E20 a forged token is refused", () => {
  test("when another key signed it under a known key's name", async () => {
    const token = await signToken(other, oidcClaims(), { kid: rsa.kid });
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
  });

  test("when it is not signed at all", async () => {
    const token = new UnsecuredJWT(oidcClaims()).encode();
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
  });

  test("when its signature was cut off", async () => {
    const [header, payload] = (await signToken(rsa, oidcClaims())).split(".");
    const token = `${header}.${payload}.`;
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
  });

  test("when the public key was used as an HMAC secret", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(rsa.published));
    const token = await new SignJWT(oidcClaims())
      .setProtectedHeader({ alg: "HS256", kid: rsa.kid })
      .sign(secret);
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
  });

  test("when a good key signed it with an algorithm that the provider does not use", async () => {
    const { privateKey } = await newSigningKey("x", "RS512");
    const wrong = { ...rsa, privateKey, algorithm: "RS512" };
    const token = await signToken(wrong, oidcClaims(), { alg: "RS512", kid: rsa.kid });
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
    const custom = await signToken(rsa, customClaims);
    expect(await refusal(customJwt({ jwks: dataUrl([rsa, ec]) }).identify(custom))).toMatchObject({
      code: "InvalidAuthHeader",
      message: expect.stringContaining("The JWT's 'kid' (key ID) header is 'rsa-1'"),
    });
  });

  test("when its payload was changed", async () => {
    const [header, , signature] = (await signToken(rsa, oidcClaims())).split(".");
    const payload = base64url.encode(JSON.stringify(oidcClaims({ sub: "admin" })));
    const token = `${header}.${payload}.${signature}`;
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
  });

  test("when it brings its own key", async () => {
    const token = await new SignJWT(oidcClaims())
      .setProtectedHeader({ alg: "RS256", jwk: other.published, kid: "brought" })
      .sign(other.privateKey);
    expect(await refusal(oidc().identify(token))).toMatchObject({ code: "Unauthenticated" });
  });
});

describe("E20 a custom JWT", () => {
  test("shows its claims under their own names, those inside objects with dots", async () => {
    const token = await signToken(ec, {
      ...customClaims,
      aud: "anybody",
      jti: "1",
      email: "bob@example.com",
      properties: { id: "123", deep: { list: [1, { a: 2 }], none: null } },
      tokenIdentifier: "admin",
      fva: 3,
    });
    expect(await customJwt().identify(token)).toEqual({
      tokenIdentifier: `${ISSUER}|bob`,
      issuer: ISSUER,
      subject: "bob",
      email: "bob@example.com",
      "properties.id": "123",
      "properties.deep.list": [1, { a: 2 }],
      "properties.deep.none": null,
    });
  });

  test("is given five seconds after its expiry", async () => {
    const token = await signToken(ec, customClaims);
    const verifier = customJwt();
    nowMs = (NOW_S + 64) * 1_000;
    await verifier.identify(token);
    nowMs += 1_000;
    expect(await refusal(verifier.identify(token))).toMatchObject({
      status: 401,
      code: "InvalidAuthHeader",
      message: expect.stringMatching(/^Could not validate token: /),
    });
  });

  test("may lack the scheme of its issuer", async () => {
    const token = await signToken(ec, { ...customClaims, iss: "issuer.example.com" });
    expect(await customJwt().identify(token)).toMatchObject({
      tokenIdentifier: "issuer.example.com|bob",
    });
  });

  test.each([
    ["expiry", { exp: undefined }],
    ["subject", { sub: undefined }],
  ])("without %s is refused", async (_, claims) => {
    const token = await signToken(ec, { ...customClaims, ...(claims as unknown as JWTPayload) });
    expect(await refusal(customJwt().identify(token))).toMatchObject({
      code: "InvalidAuthHeader",
      message:
        "Could not verify token claim. Check that the JWT contains valid claims and matches your auth provider configuration.",
    });
  });

  test("without a key id is refused", async () => {
    const token = await signToken(ec, customClaims, { kid: undefined });
    expect(await refusal(customJwt().identify(token))).toMatchObject({
      message: "Could not decode token. JWT may be missing a 'kid' (key ID) header.",
    });
  });

  test("must be for the application when the provider names one", async () => {
    const verifier = customJwt({ applicationID: APP });
    const good = await signToken(ec, { ...customClaims, aud: ["else", APP] });
    expect(await verifier.identify(good)).toMatchObject({ subject: "bob" });
    const wrong = await signToken(ec, { ...customClaims, aud: "else" });
    expect(await refusal(verifier.identify(wrong))).toMatchObject({ code: "NoAuthProvider" });
  });
});

describe("E20 a token that fits no provider", () => {
  test("is refused with the list of those that are configured", async () => {
    const verifier = authenticator([
      { domain: "one.example.com", applicationID: APP },
      { type: "customJwt", issuer: ISSUER, jwks: dataUrl([ec]), algorithm: "ES256" },
    ]);
    const token = await signToken(rsa, oidcClaims());
    expect(await refusal(verifier.identify(token))).toMatchObject({
      status: 401,
      code: "NoAuthProvider",
      message: `No auth provider found matching the given token. Check that your JWT's issuer and audience match one of your configured providers: [OIDC(domain=https://one.example.com, app_id=app-1), CustomJWT(issuer=${ISSUER}, app_id=none)]`,
    });
    expect(await refusal(authenticator([]).identify(token))).toMatchObject({
      message:
        "No auth provider found matching the given token (no providers configured). Check convex/auth.config.ts.",
    });
  });

  test.each([
    ["is no JWT", "abc"],
    ["is empty", ""],
    ["has no payload that is JSON", "a.b.c"],
    ["is longer than any token", `${"a".repeat(40_000)}.b.c`],
  ])("because it %s is refused", async (_, token) => {
    expect(await refusal(oidc().identify(token))).toMatchObject({
      status: 401,
      code: "InvalidAuthHeader",
      message: expect.stringMatching(/^Could not parse JWT payload\./),
    });
  });

  test("because it has no issuer is refused", async () => {
    const token = await signToken(rsa, { sub: "ann" });
    expect(await refusal(oidc().identify(token))).toMatchObject({
      code: "InvalidAuthHeader",
      message: expect.stringMatching(/^Missing issuer claim \('iss'\) in JWT payload\./),
    });
  });
});

describe("E20 a provider's keys", () => {
  test("are fetched once for many tokens, also at the same time", async () => {
    const verifier = oidc();
    const token = await signToken(rsa, oidcClaims());
    await Promise.all([verifier.identify(token), verifier.identify(token)]);
    await verifier.identify(token);
    expect(idp.keyRequests).toBe(1);
  });

  test("are fetched again for a key that is not known yet", async () => {
    const verifier = oidc();
    await verifier.identify(await signToken(rsa, oidcClaims()));
    idp.keys = [other];
    nowMs += AUTH_KEYS_MIN_INTERVAL_MS;
    const rotated = await signToken(other, oidcClaims());
    expect(await verifier.identify(rotated)).toMatchObject({ subject: "ann" });
    const old = await signToken(rsa, oidcClaims());
    expect(await refusal(verifier.identify(old))).toMatchObject({ code: "Unauthenticated" });
    expect(idp.keyRequests).toBe(2);
  });

  test("are asked for no more often than the interval, whatever keys tokens name", async () => {
    const verifier = oidc();
    for (let i = 0; i < 20; i++) {
      const token = await signToken(other, oidcClaims(), { kid: `made-up-${i}` });
      await refusal(verifier.identify(token));
    }
    expect(idp.keyRequests).toBe(1);
  });

  test("are used through an outage until they are too old", async () => {
    const verifier = oidc();
    const forever = await signToken(rsa, oidcClaims({ exp: NOW_S + 1e6 }));
    await verifier.identify(forever);
    idp.fault = { status: 503, contentType: "text/plain", body: "down" };
    nowMs += AUTH_KEYS_FRESH_MS;
    await verifier.identify(forever);
    expect(idp.keyRequests).toBe(2);
    nowMs += AUTH_KEYS_USABLE_MS;
    expect(await refusal(verifier.identify(forever))).toMatchObject({
      code: "AuthProviderDiscoveryFailed",
      message: expect.stringContaining("HTTP 503"),
    });
    idp.fault = undefined;
    nowMs += AUTH_KEYS_MIN_INTERVAL_MS;
    await verifier.identify(forever);
  });

  test.each([
    ["no JSON", { status: 200, contentType: "application/json", body: "<html>" }],
    ["a web page", { status: 200, contentType: "text/html", body: "{}" }],
    ["no key set", { status: 200, contentType: "application/json", body: "[]" }],
    ["a redirect", { status: 302, contentType: "application/json", body: "{}" }],
    [
      "more than a key set can be",
      {
        status: 200,
        contentType: "application/json",
        body: JSON.stringify({ keys: [], filler: "x".repeat(MAX_AUTH_DOCUMENT_BYTES) }),
      },
    ],
  ])("that are %s are refused", async (_, fault) => {
    idp.fault = fault;
    const verifier = customJwt({ jwks: `${idp.url}/keys.json` });
    expect(await refusal(verifier.identify(await signToken(ec, customClaims)))).toMatchObject({
      status: 401,
      code: "InvalidAuthHeader",
      message: expect.stringMatching(/^Could not fetch JWKS from URL 'http:\/\/127\.0\.0\.1:/),
    });
  });

  test("that do not come in time are given up", async () => {
    idp.fault = "silence";
    const hurried: Timer = { ...systemTimer, after: (_, run) => systemTimer.after(20, run) };
    const verifier = authenticator(
      [{ type: "customJwt", issuer: ISSUER, jwks: `${idp.url}/k`, algorithm: "ES256" }],
      hurried,
    );
    expect(await refusal(verifier.identify(await signToken(ec, customClaims)))).toMatchObject({
      message: expect.stringContaining("It took too long"),
    });
  });
});

describe("auth.config.js", () => {
  test.each([
    [undefined, "auth config file is missing default export."],
    [{}, "`providers` must be a list"],
    [{ providers: [{ domain: "a.com", applicationId: "x" }] }, "spelled lowercase 'application'"],
    [{ providers: [{ domain: "a.com" }] }, "must have `applicationID`"],
    [{ providers: [{ domain: undefined, applicationID: "x" }] }, "must have `domain`"],
    [{ providers: [{ type: "saml", domain: "a.com" }] }, "unexpected 'type' value 'saml'"],
    [{ providers: [{ type: "customJwt", domain: "a.com" }] }, "cannot have a 'domain'"],
    [{ providers: [{ issuer: "a.com" }] }, "is oidc so cannot have an 'issuer'"],
    [
      {
        providers: [{ type: "customJwt", issuer: "a.com", jwks: "data:,", algorithm: "HS256" }],
      },
      "only RS256 and ES256 are supported",
    ],
    [{ providers: [{ domain: "ftp://a.com", applicationID: "x" }] }, "scheme should be http"],
  ])("%j stops the start with %j", (config, text) => {
    const modules = { "auth.config": { default: config } };
    expect(() => openTestEngine(modules as never)).toThrow(text);
  });

  test("may be missing", () => {
    expect(findAuthProviders(new Map())).toEqual([]);
  });
});

describe("E20 a function", () => {
  const who = { who: query((ctx) => ctx.auth.getUserIdentity()) };

  test("called with an identity shows it to its code, and to nobody else's", async () => {
    const { engine } = openTestEngine({ who });
    const identity = { tokenIdentifier: "i|s", issuer: "i", subject: "s" };
    const [signedIn, anonymous] = await Promise.all([
      engine.call("who:who", "Query", {}, { audience: "client", identity }),
      engine.call("who:who", "Query", {}, { audience: "client", identity: null }),
    ]);
    expect(JSON.parse(signedIn.valueText)).toEqual(identity);
    expect(anonymous.valueText).toBe("null");
  });
});
