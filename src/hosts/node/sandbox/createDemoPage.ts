import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ownOrigin } from "../../../internal/checkout/allowedOrigins.ts";
import type { DevelopmentIssuer } from "./DevelopmentIssuer.ts";
import type { PlansOfOwners } from "./plansOfOwners.ts";

const FOLDER = join(import.meta.dirname, "../../../demo");

/** Who is signed in on the demo page. */
const DEMO_OWNER = "demo";

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/**
 * The demo page at `GET /`, which exists in sandbox mode only, with what belongs to it below `/demo/`: its
 * style and script as they are written, `GET /demo/plan` with the demo owner's plan, and `POST /demo/sign-in`
 * with a token of the development issuer for that owner and no other. At `localhost` it leads to the gateway's
 * own address: forms and cookies of another one would not count.
 *
 * @returns null for every other request
 */
export function createDemoPage({
  issuer,
  plans,
}: {
  issuer: DevelopmentIssuer;
  plans: PlansOfOwners;
}): (request: Request) => Promise<Response | null> {
  const files: Record<string, { body: string; type: string }> = {
    "/": demoFile("demo.html", "text/html"),
    "/demo/demo.css": demoFile("demo.css", "text/css"),
    "/demo/demo.js": demoFile("demo.js", "text/javascript"),
  };
  return async ({ method, url }) => {
    const { hostname, origin, pathname } = new URL(url);
    if (pathname === "/" && hostname === "localhost" && origin !== ownOrigin()) {
      return Response.redirect(`${ownOrigin()}/`, 307);
    }
    const file = method === "GET" || method === "HEAD" ? files[pathname] : undefined;
    if (file !== undefined) {
      return new Response(file.body, { headers: { ...HEADERS, "Content-Type": file.type } });
    }
    switch (`${method} ${pathname}`) {
      case "GET /demo/plan":
        return Response.json(await plans.get(DEMO_OWNER), { headers: HEADERS });
      case "POST /demo/sign-in":
        return Response.json(await issuer.token(DEMO_OWNER), { headers: HEADERS });
      default:
        return null;
    }
  };
}

function demoFile(name: string, type: string): { body: string; type: string } {
  return { body: readFileSync(join(FOLDER, name), "utf8"), type: `${type}; charset=utf-8` };
}
