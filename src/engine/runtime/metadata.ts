import { tokenOf } from "../auth/identityToken.ts";
import type { FunctionExecution } from "./FunctionExecution.ts";
import type { Identity } from "./Identity.ts";

/** The name that `/instance_name` and `ctx.meta.getDeploymentMetadata()` give. */
export const DEPLOYMENT_NAME = "tollgate";

/** `ctx.meta.getDeploymentMetadata()`: a deployment of one's own has no region, and Convex's least class. */
export const DEPLOYMENT_METADATA_TEXT = JSON.stringify({
  name: DEPLOYMENT_NAME,
  region: null,
  class: "s16",
});

/**
 * `ctx.meta.getRequestMetadata()` of mutations and actions. This host does not tell functions the
 * address and browser of whoever asks: both are null.
 */
export function requestMetadataText(
  execution: FunctionExecution,
  identity: Identity | null,
  scheduledFunctionId: string | null,
): string {
  return JSON.stringify({
    ip: null,
    userAgent: null,
    requestId: execution.requestId,
    scheduledFunctionId,
    authToken: tokenOf(identity),
  });
}
