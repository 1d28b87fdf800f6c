import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A whole page. Everything in it works without script and with the keyboard alone. */
export function layout(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/pages.css">
</head>
<body>
<p class="banner">Sandbox: no real money moves, and only test numbers work.</p>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`;
}

/** Something that went wrong, said first and announced to screen readers. */
export function alert(message: string | null): Html {
  return message === null ? html`` : html`<p class="alert" role="alert">${message}</p>`;
}

/** An amount in minor units as people read it. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** A day in UTC. */
export function day(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 10);
}
