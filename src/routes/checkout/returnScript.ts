/**
 * Shows the return page again when the checkout has gone on. It hears of that by a live query, in four messages of
 * Convex's sync protocol, and asks the page's state every three seconds besides, for two minutes: where no
 * WebSocket comes through, and so that an event that is late is fetched.
 */
export const RETURN_SCRIPT = `"use strict";
const sessionId = new URLSearchParams(location.search).get("session_id") ?? "";
const { state: shown, live, view } = document.getElementById("status").dataset;
let left = 40;

function heard(state) {
  if (state !== shown) {
    location.reload();
  }
}

async function look() {
  left -= 1;
  try {
    const address = "/checkout/return/state?" + new URLSearchParams({ session_id: sessionId });
    const response = await fetch(address, { credentials: "same-origin" });
    heard((await response.json()).state);
  } catch {
    // The gateway may be back at the next turn.
  }
  if (left > 0) {
    setTimeout(look, 3000);
  }
}

function subscribe() {
  const socket = new WebSocket(live);
  const say = (message) => socket.send(JSON.stringify(message));
  socket.onopen = () => {
    const args = [{ sessionId, view }];
    const query = { type: "Add", queryId: 0, udfPath: "plans:checkoutProgress", args };
    say({ type: "Connect", sessionId: crypto.randomUUID(), connectionCount: 0, lastCloseReason: null });
    say({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [query] });
  };
  socket.onmessage = ({ data }) => {
    const { type, modifications } = JSON.parse(data);
    const [update] = type === "Transition" ? modifications : [];
    if (update?.type === "QueryUpdated" && update.value !== null) {
      heard(update.value.state);
    }
  };
}

look();
if (live !== undefined && view !== undefined) {
  subscribe();
}
`;
