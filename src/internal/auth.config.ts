import type { AuthConfig } from "convex/server";
import { env } from "./env.ts";

/**
 * Who may sign in: an OpenID Connect provider (`TOLLGATE_AUTH_DOMAIN`, `TOLLGATE_AUTH_APPLICATION_ID`), an
 * issuer whose keys are at a given address (`TOLLGATE_AUTH_ISSUER`, `TOLLGATE_AUTH_JWKS`,
 * `TOLLGATE_AUTH_AUDIENCE`, and `TOLLGATE_AUTH_ALGORITHM`, RS256 or ES256), both, or nobody.
 */
export default { providers: [...oidcProviders(), ...jwksProviders()] } satisfies AuthConfig;

function oidcProviders(): AuthConfig["providers"] {
  const domain = variable("TOLLGATE_AUTH_DOMAIN");
  const applicationID = variable("TOLLGATE_AUTH_APPLICATION_ID");
  return domain === undefined || applicationID === undefined ? [] : [{ domain, applicationID }];
}

function jwksProviders(): AuthConfig["providers"] {
  const issuer = variable("TOLLGATE_AUTH_ISSUER");
  const jwks = variable("TOLLGATE_AUTH_JWKS");
  const applicationID = variable("TOLLGATE_AUTH_AUDIENCE");
  return issuer === undefined || jwks === undefined || applicationID === undefined
    ? []
    : [{ type: "customJwt", issuer, jwks, applicationID, algorithm: algorithm() }];
}

function algorithm(): "RS256" | "ES256" {
  return variable("TOLLGATE_AUTH_ALGORITHM") === "ES256" ? "ES256" : "RS256";
}

/**
 * Convex refuses a push whose `auth.config` reads a variable that is not set: the read throws. Here that
 * only means that there is no such provider.
 */
function variable(name: string): string | undefined {
  try {
    return env[name];
  } catch {
    return undefined;
  }
}
