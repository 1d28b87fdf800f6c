import { createECDH } from "node:crypto";
import { importJWK, type JWK, SignJWT } from "jose";
import type { SecretText } from "../SecretText.ts";

/** For how long a token of the development issuer holds. */
const TOKEN_SECONDS = 3_600;

const AUDIENCE = "tollgate";
const KEY_ID = "sandbox";

/**
 * Signs tokens for any owner who is named to it, so that sign-in can be tried without an identity provider:
 * ES256 by one key, the same over restarts. It exists in sandbox mode only.
 */
export class DevelopmentIssuer {
  /** `iss` of every token. */
  readonly issuer: string;
  readonly audience = AUDIENCE;
  readonly #privateKey: JWK;

  /** @param secret its last 64 characters are the private key in hexadecimal */
  constructor(issuer: string, secret: SecretText) {
    const curve = createECDH("prime256v1");
    const scalar = Buffer.from(secret.reveal().slice(-64), "hex");
    curve.setPrivateKey(scalar);
    const point = curve.getPublicKey();
    this.issuer = issuer;
    this.#privateKey = {
      kty: "EC",
      crv: "P-256",
      d: scalar.toString("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    };
  }

  /** The public key, as a key set. */
  jwks(): { keys: JWK[] } {
    const { d: _private, ...publicKey } = this.#privateKey;
    return { keys: [{ ...publicKey, kid: KEY_ID, alg: "ES256", use: "sig" }] };
  }

  /** A token that says its bearer is `ownerId`. */
  async token(ownerId: string): Promise<{ token: string; expiresAtSeconds: number }> {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const expiresAtSeconds = nowSeconds + TOKEN_SECONDS;
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: KEY_ID })
      .setIssuer(this.issuer)
      .setAudience(this.audience)
      .setSubject(ownerId)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(expiresAtSeconds)
      .sign(await importJWK(this.#privateKey, "ES256"));
    return { token, expiresAtSeconds };
  }
}
