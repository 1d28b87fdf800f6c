import type { AdminKeys } from "../admin/AdminKeys.ts";
import type { Operator } from "../admin/Operator.ts";
import { RequestError } from "../errors.ts";
import { readAuthorization } from "./authorization.ts";

/**
 * Lets a request pass that carries an admin key, acting as a user or not.
 *
 * @param may "read" lets every key pass, "write" only those of admins
 * @throws RequestError 403 BadDeployKey without one, 401 BadAdminKey with a wrong one, 403
 *   ReadOnlyAdminKey, as Convex does
 */
export function requireAdmin(
  request: Pick<Request, "headers">,
  adminKeys: Pick<AdminKeys, "find">,
  may: "read" | "write",
): Operator {
  const authorization = readAuthorization(request, adminKeys);
  if (authorization.type !== "admin") {
    throw badDeployKey();
  }
  if (may === "write") {
    requireWriter(authorization.operator);
  }
  return authorization.operator;
}

/** @throws RequestError 403 ReadOnlyAdminKey for the key of somebody who may only read */
export function requireWriter({ role }: Operator): void {
  if (role !== "admin") {
    throw new RequestError(
      403,
      "ReadOnlyAdminKey",
      "You do not have permission to perform this operation.",
    );
  }
}

/** The refusal for everybody but admins. */
export function badDeployKey(): RequestError {
  return new RequestError(
    403,
    "BadDeployKey",
    "The provided deploy key was invalid for this deployment. Double check that the environment this key was generated for matches the desired deployment.",
  );
}
