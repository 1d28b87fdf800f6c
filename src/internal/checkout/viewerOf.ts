import { linkSecrets } from "../environment.ts";
import { readOwnerToken } from "./ownerToken.ts";

/** The owner that a view token is for, or null. */
export function viewerOf(token: string): string | null {
  const read = readOwnerToken("view", token, linkSecrets(), Math.floor(Date.now() / 1_000));
  return typeof read === "string" ? null : read.ownerId;
}
