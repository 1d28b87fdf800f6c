import type { Engine } from "../Engine.ts";
import { RequestError } from "../errors.ts";
import type { Identity } from "../runtime/Identity.ts";
import { readAuthorization } from "./authorization.ts";
import { requireWriter } from "./requireAdmin.ts";

/**
 * Who sends a request to an HTTP action, for {@link Engine.handleHttp}: the user of a token that a
 * provider vouches for, or that an admin acts as; null for anybody else; and why the header was refused
 * when it was. A refused header does not fail the request: the action may read it itself. Nobody acts as
 * a user with a key that may only read: an HTTP action may write.
 *
 * @param source the client's address, for counting wrong keys
 * @throws RequestError 429 when too many try keys
 */
export async function httpActionIdentity(
  request: Request,
  engine: Engine,
  source = "",
): Promise<Identity | RequestError | null> {
  try {
    const authorization = readAuthorization(request, engine.adminKeys);
    switch (authorization.type) {
      case "user":
        return await engine.identify(authorization.token);
      case "admin":
        requireWriter(authorization.operator);
        return authorization.actingAs;
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof RequestError) {
      if (error.code === "BadAdminKey") {
        await engine.failedKeyTries.refused(source);
      }
      return error;
    }
    throw error;
  }
}
