import { RequestError } from "../errors.ts";
import { type IsAdminKey, readAuthorization } from "./authorization.ts";

/**
 * Lets an `Authorization` header pass that carries the admin key, acting as a user or not.
 *
 * @throws RequestError 403 BadDeployKey without one, 401 BadAdminKey with a wrong one, as Convex does
 */
export function requireAdmin(header: string | null, isAdminKey: IsAdminKey): void {
  if (readAuthorization(header, isAdminKey).type !== "admin") {
    throw badDeployKey();
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
