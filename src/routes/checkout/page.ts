import { html } from "hono/html";

/**
 * No script and style but our own files, nothing from anywhere else. Forms lead on to Stripe's page. With a
 * stricter `Referrer-Policy` our own form would come from the origin `null`.
 */
export const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  "Cache-Control": "no-store",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

/** {@link PAGE_HEADERS} of a page whose script also speaks to this origin, unless it is null. */
export function headersOfLivePage(origin: string | null): typeof PAGE_HEADERS {
  const policy = PAGE_HEADERS["Content-Security-Policy"];
  return {
    ...PAGE_HEADERS,
    "Content-Security-Policy":
      origin === null
        ? policy
        : policy.replace("connect-src 'self'", `connect-src 'self' ${origin}`),
  };
}

export type Html = ReturnType<typeof html>;

/** A page of the gateway. Every text in it is shown as text. */
export function page(title: string, content: Html, head: Html | "" = ""): Html {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><link rel="stylesheet" href="/checkout/page.css">${head}</head>
<body><main><h1>${title}</h1>${content}</main></body>
</html>`;
}

/** The way back to where the visitor came from; nothing where that is not known. */
export function backLink(address: string | null): Html {
  return address === null
    ? html``
    : html`<p><a href="${address}">Back to ${new URL(address).host}</a></p>`;
}
