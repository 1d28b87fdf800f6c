import type { IncomingMessage } from "node:http";

/** The groups of an IPv6 address that one customer of a network has to themselves. */
const PREFIX_GROUPS = 4;

/**
 * Who a connection counts as where tries are counted: its address, or the /64 of an IPv6 address. Headers
 * that proxies set are not believed: anybody can set them.
 */
export function clientSource({ socket }: Pick<IncomingMessage, "socket">): string {
  const address = socket.remoteAddress ?? "";
  return address.includes(":") && !address.includes(".")
    ? address.split(":", PREFIX_GROUPS).join(":")
    : address;
}
