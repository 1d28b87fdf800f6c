import { useConvexConnectionState } from "convex/react";
import { useEffect, useState } from "react";
import { currentAdminKey, refusalOfKey, setAdminKey } from "./session/adminKey.ts";

/** The first connection, and one that comes back at once, are no news. */
const SHOWN_AFTER_MS = 1_500;

/** Says that what is shown may be old, while the gateway is away; leaves when the key is no longer taken. */
export function ConnectionBanner() {
  const { isWebSocketConnected } = useConvexConnectionState();
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    if (isWebSocketConnected) {
      setAway(false);
      return;
    }
    const timer = setTimeout(() => {
      setAway(true);
      void leaveWithoutKey();
    }, SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isWebSocketConnected]);
  return (
    <div role="status">
      {isAway && (
        <p className="banner">
          The gateway is away. What you see is what it said last; it is asked again by itself.
        </p>
      )}
    </div>
  );
}

async function leaveWithoutKey(): Promise<void> {
  const refusal = await refusalOfKey(currentAdminKey() ?? "");
  if (refusal?.includes("not the admin key")) {
    setAdminKey(null);
  }
}
