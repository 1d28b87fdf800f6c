import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { RequestError } from "../errors.ts";
import { AUTH_LEEWAY_SECONDS, MAX_AUTH_TOKEN_CHARACTERS } from "../limits.ts";
import type { Clock, Fetch, Timer } from "../ports.ts";
import type { Identity } from "../runtime/Identity.ts";
import {
  type AuthProvider,
  type CustomJwtProvider,
  isIssuer,
  matchesToken,
  type OidcProvider,
  withoutSlashes,
} from "./authConfig.ts";
import { FetchJsonError, fetchJson } from "./fetchJson.ts";
import { customJwtIdentity, oidcIdentity } from "./identityOf.ts";
import { rememberToken } from "./identityToken.ts";
import { ProviderKeys } from "./ProviderKeys.ts";

/** Convex: the algorithms of OpenID Connect tokens; a custom JWT provider names its own. */
const OIDC_ALGORITHMS = ["RS256", "EdDSA"];

interface Known {
  provider: AuthProvider;
  keys: ProviderKeys;
}

/** Verifies the tokens of the configured providers. Keys are kept per provider, see {@link ProviderKeys}. */
export class Authenticator {
  readonly #known: readonly Known[];
  readonly #clock: Clock;

  constructor(
    providers: readonly AuthProvider[],
    { clock, fetch, timer }: { clock: Clock; fetch: Fetch; timer: Timer },
  ) {
    this.#clock = clock;
    const get = (url: string) => fetchJson(url, fetch, timer);
    this.#known = providers.map((provider) => ({
      provider,
      keys: new ProviderKeys(() => fetchKeys(provider, get), clock),
    }));
  }

  /**
   * Whose token this is. The first provider that its issuer and audience fit verifies it: signature with
   * one of the provider's algorithms and keys, times, issuer, audience, subject.
   *
   * @throws RequestError with convex-backend's codes and texts: 401 NoAuthProvider, InvalidAuthHeader,
   *   Unauthenticated; 400 AuthProviderDiscoveryFailed when an OpenID Connect provider does not answer
   */
  async identify(token: string): Promise<Identity> {
    const { issuer, audiences } = claimedOrigin(token);
    const known = this.#known.find(({ provider }) => matchesToken(provider, issuer, audiences));
    if (known === undefined) {
      throw refused("NoAuthProvider", noProviderText(this.#known.map(({ provider }) => provider)));
    }
    const identity =
      known.provider.type === "oidc"
        ? await this.#identifyOidc(token, known.keys, known.provider)
        : await this.#identifyCustomJwt(token, known.keys, known.provider);
    return rememberToken(identity, token);
  }

  async #identifyOidc(
    token: string,
    keys: ProviderKeys,
    provider: OidcProvider,
  ): Promise<Identity> {
    try {
      const payload = await this.#verify(token, keys, OIDC_ALGORITHMS);
      const subject = checkOidcClaims(payload, provider, this.#clock.nowMs());
      return oidcIdentity(payload, subject);
    } catch (error) {
      if (error instanceof RequestError) {
        throw error;
      }
      throw refused(
        "Unauthenticated",
        "Could not verify OIDC token claim. Check that the token signature is valid and the token hasn't expired.",
      );
    }
  }

  async #identifyCustomJwt(
    token: string,
    keys: ProviderKeys,
    provider: CustomJwtProvider,
  ): Promise<Identity> {
    const keyId = keyIdOf(token);
    try {
      const payload = await this.#verify(token, keys, [provider.algorithm]);
      return customJwtIdentity(payload, checkCustomClaims(payload, provider));
    } catch (error) {
      if (error instanceof RequestError) {
        throw error;
      }
      const { code } = error as { code?: string };
      throw refused(
        "InvalidAuthHeader",
        code === "ERR_JWT_EXPIRED" || code === "ERR_JWT_CLAIM_VALIDATION_FAILED"
          ? `Could not validate token: ${(error as Error).message}`
          : `Could not decode token. The JWT's 'kid' (key ID) header is '${keyId}', does this key match any key in the provider's JWKS?`,
      );
    }
  }

  async #verify(token: string, keys: ProviderKeys, algorithms: string[]): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms,
      clockTolerance: AUTH_LEEWAY_SECONDS,
      currentDate: new Date(this.#clock.nowMs()),
    });
    return payload;
  }
}

/** Read before anything is verified: a forged token at worst finds the wrong provider, which refuses it. */
function claimedOrigin(token: string): { issuer: string; audiences: string[] } {
  let payload: JWTPayload;
  try {
    payload = decodeJwt(token.length > MAX_AUTH_TOKEN_CHARACTERS ? "" : token);
  } catch {
    throw refused(
      "InvalidAuthHeader",
      "Could not parse JWT payload. Check that the token is a valid JWT format with three base64-encoded parts separated by dots.",
    );
  }
  if (typeof payload.iss !== "string") {
    throw refused(
      "InvalidAuthHeader",
      "Missing issuer claim ('iss') in JWT payload. The JWT must include an 'iss' claim that matches one of your configured auth providers.",
    );
  }
  return { issuer: payload.iss, audiences: audiencesOf(payload) };
}

function audiencesOf({ aud }: JWTPayload): string[] {
  return aud === undefined ? [] : [aud].flat();
}

/** A `kid` is required, as by convex-backend: no key is tried on a guess. */
function keyIdOf(token: string): string {
  let kid: unknown;
  try {
    ({ kid } = decodeProtectedHeader(token));
  } catch {
    kid = undefined;
  }
  if (typeof kid !== "string") {
    throw refused(
      "InvalidAuthHeader",
      "Could not decode token. JWT may be missing a 'kid' (key ID) header.",
    );
  }
  return kid;
}

/**
 * Convex accepts OpenID Connect tokens for one audience only, and gives their expiry no leeway.
 *
 * @throws Error
 */
function checkOidcClaims(payload: JWTPayload, provider: OidcProvider, nowMs: number) {
  const { exp, iat, iss, sub } = payload;
  const audiences = audiencesOf(payload);
  const isGood =
    typeof iss === "string" &&
    isIssuer(provider.issuer, iss) &&
    typeof sub === "string" &&
    typeof exp === "number" &&
    exp > Math.floor(nowMs / 1_000) &&
    typeof iat === "number" &&
    audiences.length === 1 &&
    audiences[0] === provider.applicationID;
  if (!isGood) {
    throw new Error("a claim is missing or wrong");
  }
  return { issuer: iss, subject: sub };
}

/** @throws RequestError InvalidAuthHeader */
function checkCustomClaims(payload: JWTPayload, provider: CustomJwtProvider) {
  const { exp, iss, sub } = payload;
  const { applicationID } = provider;
  const isIntended =
    typeof iss === "string" &&
    isIssuer(provider.issuer, iss) &&
    (applicationID === null || audiencesOf(payload).includes(applicationID));
  if (!isIntended || typeof sub !== "string" || typeof exp !== "number") {
    throw refused(
      "InvalidAuthHeader",
      "Could not verify token claim. Check that the JWT contains valid claims and matches your auth provider configuration.",
    );
  }
  return { issuer: iss, subject: sub };
}

type GetJson = (url: string) => Promise<unknown>;

function fetchKeys(provider: AuthProvider, get: GetJson): Promise<unknown> {
  return provider.type === "oidc" ? discoverKeys(provider, get) : customKeys(provider, get);
}

/** OpenID Connect Discovery 1.0. @throws RequestError AuthProviderDiscoveryFailed */
async function discoverKeys({ issuer }: OidcProvider, get: GetJson): Promise<unknown> {
  const base = withoutSlashes(issuer);
  try {
    const metadata = (await get(`${base}/.well-known/openid-configuration`)) as {
      issuer?: unknown;
      jwks_uri?: unknown;
    } | null;
    if (typeof metadata?.issuer !== "string" || withoutSlashes(metadata.issuer) !== base) {
      throw new FetchJsonError("It describes another issuer");
    }
    if (typeof metadata.jwks_uri !== "string" || !/^https?:\/\//.test(metadata.jwks_uri)) {
      throw new FetchJsonError("It names no `jwks_uri`");
    }
    return checkKeySet(await get(metadata.jwks_uri));
  } catch (error) {
    throw new RequestError(
      400,
      "AuthProviderDiscoveryFailed",
      `Auth provider discovery of ${issuer} failed: ${(error as Error).message}`,
    );
  }
}

/** @throws RequestError InvalidAuthHeader */
async function customKeys({ jwks }: CustomJwtProvider, get: GetJson): Promise<unknown> {
  const shown = jwks.startsWith("data:") ? "data:…" : jwks;
  try {
    return checkKeySet(await get(jwks));
  } catch (error) {
    throw refused(
      "InvalidAuthHeader",
      `Could not fetch JWKS from URL '${shown}': ${(error as Error).message}. Check that the URL is correct and accessible.`,
    );
  }
}

function checkKeySet(fetched: unknown): unknown {
  if (!Array.isArray((fetched as { keys?: unknown } | null)?.keys)) {
    throw new FetchJsonError("The answer doesn't match the expected JWKS format");
  }
  return fetched;
}

function noProviderText(providers: readonly AuthProvider[]): string {
  if (providers.length === 0) {
    return "No auth provider found matching the given token (no providers configured). Check convex/auth.config.ts.";
  }
  const shown = providers.map((provider) =>
    provider.type === "oidc"
      ? `OIDC(domain=${provider.issuer}, app_id=${provider.applicationID})`
      : `CustomJWT(issuer=${provider.issuer}, app_id=${provider.applicationID ?? "none"})`,
  );
  return `No auth provider found matching the given token. Check that your JWT's issuer and audience match one of your configured providers: [${shown.join(", ")}]`;
}

function refused(code: string, message: string): RequestError {
  return new RequestError(401, code, message);
}
