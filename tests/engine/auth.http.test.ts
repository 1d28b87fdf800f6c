import {
  actionGeneric as action,
  httpActionGeneric as httpAction,
  httpRouter,
  internalQueryGeneric as internalQuery,
  makeFunctionReference,
  queryGeneric as query,
} from "convex/server";
import { beforeAll, describe, expect, test } from "vitest";
import { createConvexHttpApi } from "../../src/engine/http/convexHttpApi.ts";
import { httpActionIdentity } from "../../src/engine/http/httpActionIdentity.ts";
import { systemRandom } from "../../src/hosts/node/systemPorts.ts";
import { dataUrl, newSigningKey, type SigningKey, signToken } from "../support/identityProvider.ts";
import { openTestEngine, silentLog } from "../support/testEngine.ts";

const ISSUER = "https://issuer.example.com";
const ADMIN_KEY = "test|key";

let key: SigningKey;
let token: string;
let api: (request: Request) => Promise<Response | null>;
let http: (headers: Record<string, string>, path?: string) => Promise<Response>;

const whoInside = makeFunctionReference<"query">("who:inside");
const who = {
  public: query((ctx) => ctx.auth.getUserIdentity()),
  inside: internalQuery((ctx) => ctx.auth.getUserIdentity()),
  viaAction: action((ctx) => ctx.runQuery(whoInside)),
};
const router = httpRouter();
router.route({
  path: "/who",
  method: "GET",
  handler: httpAction(async (ctx, request) => {
    const identity = await ctx.auth.getUserIdentity().catch((error: Error) => error.message);
    return Response.json({
      identity,
      inherited: await ctx.runQuery(whoInside),
      header: request.headers.get("authorization"),
    });
  }),
});

beforeAll(async () => {
  key = await newSigningKey("k1", "ES256");
  const exp = Math.floor(Date.now() / 1_000) + 60;
  token = await signToken(key, { iss: ISSUER, sub: "bob", exp, role: "owner" });
  const { engine } = openTestEngine({
    who,
    http: { default: router },
    "auth.config": {
      default: {
        providers: [
          { type: "customJwt", issuer: ISSUER, jwks: dataUrl([key]), algorithm: "ES256" },
        ],
      },
    },
  });
  engine.adminKeys.give({ name: "test", key: ADMIN_KEY, replace: null });
  api = createConvexHttpApi({ engine, random: systemRandom, log: silentLog });
  http = async (headers) => {
    const request = new Request("http://localhost/who", { headers });
    return await engine.handleHttp(request, await httpActionIdentity(request, engine));
  };
});

const BOB = {
  tokenIdentifier: `${ISSUER}|bob`,
  issuer: ISSUER,
  subject: "bob",
  role: "owner",
};

async function call(path: string, authorization: string, kind = "query"): Promise<Response> {
  const request = new Request(`http://localhost/api/${kind}`, {
    method: "POST",
    headers: { authorization },
    body: JSON.stringify({ path, args: {} }),
  });
  return (await api(request)) as Response;
}

describe("E20 the HTTP API", () => {
  test("calls functions as the user of a good token", async () => {
    expect(await (await call("who:public", `Bearer ${token}`)).json()).toEqual({
      status: "success",
      value: BOB,
    });
    const nested = await call("who:viaAction", `bearer ${token}`, "action");
    expect(await nested.json()).toMatchObject({ value: BOB });
  });

  test("keeps internal functions from users, whoever vouches for them", async () => {
    const answer = await (await call("who:inside", `Bearer ${token}`)).json();
    expect(answer).toMatchObject({
      status: "error",
      errorMessage: expect.stringContaining("Could not find public function for 'who:inside'."),
    });
  });

  test("refuses a token that no provider signed with 401", async () => {
    const stranger = await newSigningKey("k1", "ES256");
    const forged = await signToken(stranger, { iss: ISSUER, sub: "bob", exp: 4e9 });
    const response = await call("who:public", `Bearer ${forged}`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "InvalidAuthHeader" });
  });

  test.each([
    [
      { tokenIdentifier: "t", name: "Ann" },
      { tokenIdentifier: "t", name: "Ann" },
    ],
    [
      { issuer: "i", subject: "s" },
      { tokenIdentifier: "i|s", issuer: "i", subject: "s" },
    ],
  ])("lets an admin act as %j", async (attributes, identity) => {
    const suffix = btoa(JSON.stringify(attributes));
    const response = await call("who:inside", `Convex ${ADMIN_KEY}:${suffix}`);
    expect(await response.json()).toMatchObject({ value: identity });
  });

  test("shows no identity to what an admin calls", async () => {
    expect(await (await call("who:inside", `Convex ${ADMIN_KEY}`)).json()).toMatchObject({
      value: null,
    });
  });

  test.each([
    ["Convex test|key:%%%", 400, "HeaderParseFailure", "Malformed Authorization header."],
    [`Convex test|key:${btoa("{}")}`, 400, "HeaderParseFailure", "Malformed Authorization header."],
    ["Basic dXNlcjpwYXNz", 400, "InvalidAdminKey", "Invalid admin key"],
    ["x", 400, "InvalidHeaderFailure", "Invalid authentication header"],
    ["Convex wrong", 401, "BadAdminKey", "The provided admin key was invalid for this instance"],
  ])("answers %j with %i %s", async (authorization, status, code, message) => {
    const response = await call("who:public", authorization);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ code, message });
  });
});

describe("E20 an HTTP action", () => {
  test("sees the user of a good token, and so does what it calls", async () => {
    expect(await (await http({ authorization: `Bearer ${token}` })).json()).toMatchObject({
      identity: BOB,
      inherited: BOB,
    });
  });

  test("sees nobody without a header", async () => {
    expect(await (await http({})).json()).toEqual({
      identity: null,
      inherited: null,
      header: null,
    });
  });

  test("runs with a header of its own making, and may read it; only asking who it is fails", async () => {
    const answer = await (await http({ authorization: "Bearer own-api-key" })).json();
    expect(answer).toEqual({
      identity: expect.stringContaining("Could not parse JWT payload."),
      inherited: null,
      header: "Bearer own-api-key",
    });
    expect((await http({ authorization: "Basic dXNlcjpwYXNz" })).status).toBe(200);
  });
});
