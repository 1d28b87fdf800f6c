import { ConvexReactClient } from "convex/react";

/** The part of the client that Convex's own dashboard uses, which its types leave out. */
interface AdminClient {
  setAdminAuth(key: string): void;
}

/** A client that reads this gateway over the WebSocket with the admin key. */
export function createClient(adminKey: string): ConvexReactClient {
  const client = new ConvexReactClient(location.origin, {
    skipConvexDeploymentUrlCheck: true,
    unsavedChangesWarning: false,
    logger: false,
  });
  (client as unknown as AdminClient).setAdminAuth(adminKey);
  return client;
}
