import { anyApi } from "convex/server";
import { type ConformanceCase, gives } from "../conformanceCase.ts";

const who = anyApi["who"] as never as Record<string, never>;
const ANN = { name: "Ann", email: "ann@example.com" };

const asked: Record<string, ConformanceCase["run"]> = {
  "in a query": (t) => t.query(who["inQuery"] as never),
  "in a mutation": (t) => t.mutation(who["inMutation"] as never),
  "in an action": (t) => t.action(who["inAction"] as never),
  "through an action": (t) => t.action(who["throughAction"] as never),
  "through a mutation": (t) => t.mutation(who["throughMutation"] as never),
  "in an inline function": (t) => t.run(async (ctx) => (await ctx.auth.getUserIdentity()) as never),
  "in an HTTP action": (t) => t.fetch("/who"),
};

/** Who calls, signed in and not. */
export const identityCases = [
  ...gives("nobody", asked),
  ...gives(
    "somebody",
    Object.fromEntries(
      Object.entries(asked).map(([name, run]) => [name, (t) => run(t.withIdentity(ANN))]),
    ),
  ),
  ...gives("identity", {
    "with a subject": (t) => t.withIdentity({ subject: "s1" }).query(who["inQuery"] as never),
    "with an issuer": (t) =>
      t.withIdentity({ issuer: "https://other.test", subject: "s" }).query(who["inQuery"] as never),
    "with a token identifier": (t) =>
      t.withIdentity({ tokenIdentifier: "t|1" }).query(who["inQuery"] as never),
    "with claims of its own": (t) =>
      t
        .withIdentity({ subject: "s", role: "admin", "nested.claim": [1, 2] } as never)
        .query(who["inQuery"] as never),
    "of the first accessor stays": async (t) => {
      t.withIdentity(ANN);
      return await t.query(who["inQuery"] as never);
    },
    "of one over another": (t) =>
      t
        .withIdentity(ANN)
        .withIdentity({ name: "Bob" })
        .query(who["inQuery"] as never),
  }),
];
