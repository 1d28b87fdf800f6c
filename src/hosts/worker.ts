// First: functions read `process.env` while they load.
import "./worker/variables.ts";
import { signingSecrets, stripeMode } from "../internal/environment.ts";
import { adminKeyCheck } from "./adminKey.ts";
import { askObject } from "./worker/askObject.ts";
import { type Bindings, bindingProblems, misconfigured } from "./worker/Bindings.ts";
import { IMPORT_PATH, stoppedForImport } from "./worker/ImportDoor.ts";
import { PLACE_HEADER, type Place, parsePlace } from "./worker/placement.ts";
import { takeDelivery } from "./worker/takeDelivery.ts";

export { GatewayObject } from "./worker/GatewayObject.ts";
export { RelayObject } from "./worker/RelayObject.ts";

const WEBHOOK_PATH = "/stripe/webhook";

/**
 * The Worker before the objects: it refuses forged deliveries before anything else is woken, and hands
 * every other request to the object of its place. With `CONVEX_SITE_URL` it stands in front of a Convex
 * deployment instead and takes deliveries only; with `TOLLGATE_IMPORT_KEY` it is stopped and takes imports
 * only.
 */
export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    const problems = bindingProblems(bindings);
    if (problems.length > 0) {
      return misconfigured(problems);
    }
    const importKey = bindings["TOLLGATE_IMPORT_KEY"];
    if (importKey !== undefined) {
      return await takeImport(request, bindings, importKey);
    }
    const isDelivery = request.method === "POST" && new URL(request.url).pathname === WEBHOOK_PATH;
    if (isDelivery) {
      const taken = await takeDelivery(request, signingSecrets());
      return taken instanceof Response
        ? taken
        : await askObject(objectsOf(bindings), taken.place ?? ownPlace(), taken.request);
    }
    return isBeforeConvex(bindings)
      ? Response.json({ code: "not_found", message: "There is nothing here." }, { status: 404 })
      : await askObject(bindings.GATEWAY, placeOfRequest(request, bindings), request);
  },
};

/** Who can bind the key owns the deployment, and what it holds; the admin key writes no document. */
async function takeImport(
  request: Request,
  bindings: Bindings,
  importKey: string,
): Promise<Response> {
  const { headers, method, url } = request;
  const isImport = method === "POST" && new URL(url).pathname.startsWith(IMPORT_PATH);
  const [scheme, key = ""] = headers.get("authorization")?.split(" ") ?? [];
  if (!isImport || scheme !== "Convex" || !adminKeyCheck(importKey)(key)) {
    return stoppedForImport();
  }
  const place = parsePlace(headers.get(PLACE_HEADER) ?? "") ?? ownPlace();
  return await askObject(bindings.GATEWAY, place, request);
}

function isBeforeConvex(bindings: Bindings): boolean {
  return bindings["CONVEX_SITE_URL"] !== undefined;
}

function objectsOf(bindings: Bindings): ObjectNamespace {
  return isBeforeConvex(bindings) ? bindings.RELAY : bindings.GATEWAY;
}

/** The endpoint's own account, in the mode that the gateway works in. */
function ownPlace(): Place {
  return { account: null, mode: stripeMode() };
}

/** Only an operator reaches other places: anybody else could wake as many objects as there are names. */
function placeOfRequest({ headers }: Request, bindings: Bindings): Place {
  const named = headers.get(PLACE_HEADER);
  const [scheme, key = ""] = headers.get("authorization")?.split(" ") ?? [];
  const isOperator =
    named !== null &&
    scheme === "Convex" &&
    adminKeyCheck(bindings["TOLLGATE_ADMIN_KEY"] ?? "")(key);
  return (isOperator ? parsePlace(named) : null) ?? ownPlace();
}
