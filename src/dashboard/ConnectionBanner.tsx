import { useConvexConnectionState } from "convex/react";
import { useEffect, useState } from "react";
import { leaveWithoutKey } from "./session/adminKey.ts";

/** The first connection, and one that comes back at once, are no news. */
const SHOWN_AFTER_MS = 1_500;

/** A key that is taken no more shows neither in a connection nor in what does not change. */
const KEY_CHECK_MS = 3_000;

/** Says that what is shown may be old, while the gateway is away; leaves when the key is no longer taken. */
export function ConnectionBanner() {
  const { isWebSocketConnected } = useConvexConnectionState();
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    if (isWebSocketConnected) {
      setAway(false);
      return;
    }
    const timer = setTimeout(() => setAway(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isWebSocketConnected]);
  useEffect(() => {
    const timer = setInterval(() => void leaveWithoutKey(), KEY_CHECK_MS);
    return () => clearInterval(timer);
  }, []);
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
