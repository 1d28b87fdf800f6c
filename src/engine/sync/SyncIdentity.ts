import { tokenExpiryMs } from "../auth/tokenExpiryMs.ts";
import type { Engine } from "../Engine.ts";
import { RequestError } from "../errors.ts";
import { badAdminKey } from "../http/authorization.ts";
import type { Clock } from "../ports.ts";
import type { Caller } from "../runtime/Caller.ts";
import type { Credentials } from "./clientMessage.ts";

export interface SyncIdentityOptions {
  engine: Engine;
  /** Where the connection comes from, for counting wrong keys. */
  source: string;
  clock: Clock;
}

/** Who one connection speaks for. Each authentication that is accepted makes a new version. */
export class SyncIdentity {
  readonly #options: SyncIdentityOptions;
  #version = 0;
  #caller: Caller = { audience: "client", identity: null };
  #expiresAtMs = Number.POSITIVE_INFINITY;

  constructor(options: SyncIdentityOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#version;
  }

  /** @throws RequestError 401 TokenExpired, or BadAdminKey: the client is to send a new one */
  caller(): Caller {
    if (this.#caller.operator?.isCurrent() === false) {
      throw badAdminKey();
    }
    if (this.#options.clock.nowMs() >= this.#expiresAtMs) {
      throw new RequestError(401, "TokenExpired", "Convex token identity expired");
    }
    return this.#caller;
  }

  /**
   * @param baseVersion the version that the client wants to replace
   * @throws RequestError when the credentials are refused; Error for another base version
   */
  async update(credentials: Credentials, baseVersion: number): Promise<void> {
    const caller = await this.#callerOf(credentials);
    if (baseVersion !== this.#version) {
      throw new Error("an identity's base version is not the current one");
    }
    this.#caller = caller;
    this.#expiresAtMs =
      credentials.type === "User" ? tokenExpiryMs(credentials.token) : Number.POSITIVE_INFINITY;
    this.#version++;
  }

  async #callerOf(credentials: Credentials): Promise<Caller> {
    const { engine, source } = this.#options;
    switch (credentials.type) {
      case "None":
        return { audience: "client", identity: null };
      case "User":
        return { audience: "client", identity: await engine.identify(credentials.token) };
      case "Admin": {
        const operator = engine.adminKeys.find(credentials.key);
        if (operator === null) {
          await engine.failedKeyTries.refused(source);
          throw badAdminKey();
        }
        return { audience: "insider", identity: credentials.actingAs, operator };
      }
    }
  }
}
