import { anyApi, httpActionGeneric as httpAction, httpRouter } from "convex/server";

const people = anyApi["people"] as never as Record<"add" | "names", never>;
const http = httpRouter();

const say = (text: string) =>
  httpAction(async (_ctx, request) => {
    const { pathname, search } = new URL(request.url);
    return new Response(`${text} ${request.method} ${pathname}${search}`);
  });

http.route({ path: "/exact", method: "GET", handler: say("exact") });
http.route({ path: "/exact", method: "POST", handler: say("exact") });
http.route({ pathPrefix: "/under/", method: "GET", handler: say("prefix") });
http.route({ pathPrefix: "/under/longer/", method: "GET", handler: say("longer prefix") });
http.route({ path: "/under/exactly", method: "GET", handler: say("exact under prefix") });
for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH"] as const) {
  http.route({ path: "/methods", method, handler: say("method") });
}
http.route({
  path: "/echo",
  method: "POST",
  handler: httpAction(async (_ctx, request) => {
    const body = await request.text();
    return new Response(body, {
      status: 201,
      headers: { "x-seen": request.headers.get("x-sent") ?? "nothing" },
    });
  }),
});
http.route({
  path: "/people",
  method: "POST",
  handler: httpAction(async (ctx, request) => {
    await ctx.runMutation(people.add, { name: await request.text() } as never);
    return Response.json(await ctx.runQuery(people.names));
  }),
});
http.route({
  path: "/who",
  method: "GET",
  handler: httpAction(async (ctx) => Response.json(await ctx.auth.getUserIdentity())),
});
http.route({
  path: "/throws",
  method: "GET",
  handler: httpAction(async () => {
    throw new Error("thrown in an HTTP action");
  }),
});

export default http;
