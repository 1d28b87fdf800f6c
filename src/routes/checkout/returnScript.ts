/** Asks for the state of the checkout, for two minutes, and shows the page again when it has changed. */
export const RETURN_SCRIPT = `"use strict";
const session = new URLSearchParams(location.search).get("session_id") ?? "";
const address = "/checkout/return/state?" + new URLSearchParams({ session_id: session });
let first = null;
let left = 120;
async function look() {
  left -= 1;
  try {
    const response = await fetch(address, { credentials: "same-origin" });
    const { state } = await response.json();
    first ??= state;
    if (state !== "waiting" && state !== "pending" || state !== first) {
      location.reload();
      return;
    }
  } catch {
    // The gateway may be back at the next turn.
  }
  if (left > 0) {
    setTimeout(look, 1000);
  }
}
look();
`;
