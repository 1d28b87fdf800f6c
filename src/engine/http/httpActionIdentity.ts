import type { Engine } from "../Engine.ts";
import { RequestError } from "../errors.ts";
import type { Identity } from "../runtime/Identity.ts";
import { type IsAdminKey, readAuthorization } from "./authorization.ts";

/**
 * Who sends a request to an HTTP action, for {@link Engine.handleHttp}: the user of a token that a
 * provider vouches for, or that an admin acts as; null for anybody else; and why the header was refused
 * when it was. A refused header does not fail the request: the action may read it itself.
 */
export async function httpActionIdentity(
  request: Request,
  engine: Engine,
  isAdminKey: IsAdminKey,
): Promise<Identity | RequestError | null> {
  try {
    const authorization = readAuthorization(request.headers.get("authorization"), isAdminKey);
    switch (authorization.type) {
      case "user":
        return await engine.identify(authorization.token);
      case "admin":
        return authorization.actingAs;
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof RequestError) {
      return error;
    }
    throw error;
  }
}
