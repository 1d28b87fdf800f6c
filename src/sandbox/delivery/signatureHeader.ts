import { signDelivery } from "../../stripe/signDelivery.ts";
import type { EndpointSecrets } from "../state/tables.ts";

/**
 * The `Stripe-Signature` of a delivery: one `v1` for the present secret, and one more for a rolled one
 * that still counts at `sandboxSeconds`.
 */
export function signatureHeader(
  body: string,
  secrets: EndpointSecrets,
  time: { timestampSeconds: number; sandboxSeconds: number },
): string {
  const former =
    secrets.formerUntilSeconds !== null && secrets.formerUntilSeconds > time.sandboxSeconds
      ? secrets.former
      : null;
  const headers = [secrets.current, ...(former === null ? [] : [former])].map((secret) =>
    signDelivery({ body, secret, timestampSeconds: time.timestampSeconds }),
  );
  const signatures = headers.map((header) => header.slice(header.indexOf("v1=")));
  return [`t=${time.timestampSeconds}`, ...signatures].join(",");
}
