import { EngineError } from "../errors.ts";
import type { Modules } from "../functions/FunctionRegistry.ts";

/** Tokens of an OpenID Connect provider, whose keys are found by discovery at its domain. */
export interface OidcProvider {
  type: "oidc";
  /** With its scheme; a slash at the end does not matter. */
  issuer: string;
  applicationID: string;
}

/** Tokens of an issuer whose keys are at a given address. */
export interface CustomJwtProvider {
  type: "customJwt";
  /** With its scheme; a slash at the end does not matter. */
  issuer: string;
  /** Null: whoever the token was issued for. */
  applicationID: string | null;
  /** `http:`, `https:` or `data:`; the last needs no network. */
  jwks: string;
  algorithm: "RS256" | "ES256";
}

export type AuthProvider = OidcProvider | CustomJwtProvider;

/**
 * The providers of `auth.config.js`'s default export, `{providers: [...]}`; none without that module.
 *
 * @throws EngineError AuthConfigMissingExportError, AuthConfigNotMatchingSchemaError,
 *   InvalidProviderDomainUrl, with convex-backend's texts
 */
export function findAuthProviders(modules: Modules): AuthProvider[] {
  const module = modules.get("auth.config.js");
  if (module === undefined) {
    return [];
  }
  const config = module["default"] as { providers?: unknown } | null | undefined;
  if (config === undefined || config === null) {
    throw new EngineError(
      "AuthConfigMissingExportError",
      "auth config file is missing default export. To learn more, see the auth documentation at https://docs.convex.dev/auth.",
    );
  }
  if (!Array.isArray(config.providers)) {
    throw invalid("`providers` must be a list");
  }
  return config.providers.map(readProvider);
}

/**
 * Whether a token may be this provider's: its issuer is the provider's, and its audiences hold the
 * application, when the provider names one. Decides only who verifies it.
 */
export function matchesToken(
  provider: AuthProvider,
  issuer: string,
  audiences: readonly string[],
): boolean {
  const { applicationID } = provider;
  return (
    (applicationID === null || audiences.includes(applicationID)) &&
    isIssuer(provider.issuer, issuer)
  );
}

/** Whether a token's `iss` is a provider's issuer: the scheme and a slash at the end may be missing. */
export function isIssuer(configured: string, claimed: string): boolean {
  const withScheme = /^https?:\/\//.test(claimed) ? claimed : `https://${claimed}`;
  return withoutSlashes(configured) === withoutSlashes(withScheme);
}

export function withoutSlashes(url: string): string {
  return url.replace(/\/+$/, "");
}

function readProvider(declared: unknown, index: number): AuthProvider {
  if (typeof declared !== "object" || declared === null) {
    throw invalid(`Provider at index ${index} must be an object`);
  }
  const fields = declared as Record<string, unknown>;
  checkForConfusions(fields, index);
  return fields["type"] === "customJwt"
    ? customJwtProvider(fields, index)
    : {
        type: "oidc",
        issuer: readIssuer(requiredText(fields, "domain", index)),
        applicationID: requiredText(fields, "applicationID", index),
      };
}

function customJwtProvider(fields: Record<string, unknown>, index: number): CustomJwtProvider {
  const { algorithm, applicationID } = fields;
  if (algorithm !== "RS256" && algorithm !== "ES256") {
    throw invalid(
      `Provider at index ${index} has an invalid signature algorithm (only RS256 and ES256 are supported): ${String(algorithm)}`,
    );
  }
  return {
    type: "customJwt",
    issuer: readIssuer(requiredText(fields, "issuer", index)),
    applicationID:
      applicationID === undefined ? null : requiredText(fields, "applicationID", index),
    jwks: requiredText(fields, "jwks", index),
    algorithm,
  };
}

function checkForConfusions(fields: Record<string, unknown>, index: number): void {
  const type = fields["type"] ?? "oidc";
  if ("applicationId" in fields || "applicationid" in fields) {
    throw invalid(
      `Provider at index ${index} must have applicationID property spelled lowercase 'application', capital I, capital D.`,
    );
  }
  if (type !== "customJwt" && type !== "oidc") {
    throw invalid(`Provider at index ${index} has unexpected 'type' value '${String(type)}'`);
  }
  if (type === "customJwt" && "domain" in fields) {
    throw invalid(`Provider at index ${index} is a customJwt so cannot have a 'domain' specified`);
  }
  if (type === "oidc" && "issuer" in fields) {
    throw invalid(`Provider at index ${index} is oidc so cannot have an 'issuer' specified.`);
  }
}

/** An empty text is refused too: an unset environment variable must not become a provider. */
function requiredText(fields: Record<string, unknown>, name: string, index: number): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") {
    throw invalid(`Provider at index ${index} must have \`${name}\`, a text`);
  }
  return value;
}

function readIssuer(configured: string): string {
  const url = /^\w+:\/\//.test(configured) ? configured : `https://${configured}`;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    const reason = parsed === null ? "it is no URL" : "scheme should be http or https";
    throw new EngineError(
      "InvalidProviderDomainUrl",
      `Invalid provider domain URL "${configured}": ${reason}`,
    );
  }
  return url;
}

function invalid(reason: string): EngineError {
  return new EngineError(
    "AuthConfigNotMatchingSchemaError",
    `auth config file must include a list of provider credentials: ${reason}`,
  );
}
