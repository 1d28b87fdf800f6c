import { type ConformanceCase, gives } from "../conformanceCase.ts";

const get =
  (path: string): ConformanceCase["run"] =>
  (t) =>
    t.fetch(path);
const by =
  (method: string, path: string, init: RequestInit = {}): ConformanceCase["run"] =>
  (t) =>
    t.fetch(path, { method, ...init });

/** HTTP actions, through the router. */
export const httpCases = gives("http", {
  "exact path": get("/exact"),
  "another method of the same path": by("POST", "/exact"),
  "query string": get("/exact?a=1&b=%20"),
  "a method that has no route": by("DELETE", "/exact"),
  "a path that has no route": get("/nowhere"),
  "a trailing slash": get("/exact/"),
  "another case": get("/EXACT"),
  prefix: get("/under/any/thing"),
  "the prefix alone": get("/under/"),
  "the prefix without its slash": get("/under"),
  "the longer of two prefixes": get("/under/longer/x"),
  "an exact path under a prefix": get("/under/exactly"),
  put: by("PUT", "/methods"),
  delete: by("DELETE", "/methods"),
  options: by("OPTIONS", "/methods"),
  patch: by("PATCH", "/methods"),
  "head of a GET route": by("HEAD", "/exact"),
  "body, headers and status": by("POST", "/echo", { body: "hällo", headers: { "x-sent": "yes" } }),
  "an empty body": by("POST", "/echo"),
  "calls functions": by("POST", "/people", { body: "ann" }),
  "an escaped path": get("/under/%2F%20"),
  throws: get("/throws"),
});
