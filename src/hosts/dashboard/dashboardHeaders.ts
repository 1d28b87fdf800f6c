import type { DashboardFile } from "./buildDashboard.ts";

/** What every host answers a file of the dashboard with: it runs nothing and asks nobody but the gateway. */
export function dashboardHeaders({ type, isImmutable }: DashboardFile): Record<string, string> {
  return {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
      "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}
