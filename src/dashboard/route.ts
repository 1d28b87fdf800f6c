import { useSyncExternalStore } from "react";

export const VIEWS = ["overview", "events", "plans", "functions", "data", "health"] as const;

export type View = (typeof VIEWS)[number];

/** Where the page is: `#/events/evt_1?status=dead`. Behind the hash, so no server's log holds it. */
export interface Route {
  view: View;
  /** What of it is open. */
  id: string | null;
  params: Readonly<Record<string, string>>;
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return readRoute(hash);
}

export function readRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [first = "", ...rest] = path.split("/");
  const view = VIEWS.find((each) => each === first) ?? "overview";
  const id = decodeURIComponent(rest.join("/"));
  return {
    view,
    id: id === "" ? null : id,
    params: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** What leads to a place; empty parameters are left out. */
export function hrefOf(
  view: View,
  id: string | null = null,
  params: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const query = given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
  return `#/${view}${id === null ? "" : `/${encodeURIComponent(id)}`}${query}`;
}

export function go(href: string): void {
  location.hash = href;
}

/** Goes there without a step to come back to. */
export function replace(href: string): void {
  history.replaceState(null, "", href);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
