import type { Modules } from "./FunctionRegistry.ts";

/** What an HTTP action's author wrote. */
export type HttpHandler = (ctx: object, request: Request) => Promise<Response>;

/** An HTTP action as the `convex` package makes it. */
export interface HttpEndpoint {
  invokeHttpAction(request: Request): Promise<Response>;
  _handler?: HttpHandler;
}

/** One declared route: an exact path, or a prefix that ends in `*`. */
export interface HttpRoute {
  path: string;
  method: string;
}

/** The router that `http.js` exports by default. */
export interface HttpRouter {
  lookup(path: string, method: string): HttpEndpoint | null;
  /** What it says of itself; only `lookup` tells what it answers. */
  routes(): HttpRoute[];
}

interface ExportedRouter {
  isRouter?: boolean;
  lookup(path: string, method: string): readonly [HttpEndpoint, ...unknown[]] | null;
  getRoutes(): readonly (readonly [path: string, method: string, endpoint: unknown])[];
}

/**
 * The HTTP actions of a functions folder, or null when it has none. Always asks the router itself:
 * routers of `convex-helpers` answer for every path.
 */
export function findHttpRouter(modules: Modules): HttpRouter | null {
  const exported = modules.get("http.js")?.["default"] as ExportedRouter | undefined;
  if (exported?.isRouter !== true) {
    return null;
  }
  return {
    lookup: (path, method) => exported.lookup(path, method)?.[0] ?? null,
    routes: () => exported.getRoutes().map(([path, method]) => ({ path, method })),
  };
}
