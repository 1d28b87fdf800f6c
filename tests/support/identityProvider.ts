import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** A signing key of a provider, with its public half as the provider publishes it. */
export interface SigningKey {
  kid: string;
  algorithm: string;
  privateKey: CryptoKey;
  published: JWK;
}

type CryptoKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

export async function newSigningKey(kid: string, algorithm = "RS256"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const published = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
  return { kid, algorithm, privateKey, published };
}

/** A token with exactly these claims. */
export async function signToken(
  key: SigningKey,
  claims: JWTPayload,
  header: { alg?: string; kid?: string | undefined } = {},
): Promise<string> {
  const { alg = key.algorithm, kid = key.kid } = header;
  const withoutKid = "kid" in header && header.kid === undefined;
  return await new SignJWT(claims)
    .setProtectedHeader(withoutKid ? { alg } : { alg, kid })
    .sign(key.privateKey);
}

export function dataUrl(keys: readonly SigningKey[]): string {
  const text = JSON.stringify({ keys: keys.map(({ published }) => published) });
  return `data:text/plain;charset=utf-8;base64,${Buffer.from(text).toString("base64")}`;
}

/** A provider on a real HTTP server of this machine; what it answers can be changed while it runs. */
export interface IdentityProvider {
  readonly url: string;
  keys: SigningKey[];
  /** Requests for the key set. */
  keyRequests: number;
  /** Answers the key set instead; `null` destroys the connection, "silence" never answers. */
  fault: { status: number; contentType: string; body: string } | "silence" | null | undefined;
  /** What discovery says the issuer is. */
  issuer: string;
  close(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const server = createServer((request, response) => {
    if (request.url === "/.well-known/openid-configuration") {
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ issuer: provider.issuer, jwks_uri: `${provider.url}/keys.json` }),
      );
      return;
    }
    provider.keyRequests++;
    const { fault } = provider;
    if (fault === null) {
      request.socket.destroy();
    } else if (fault !== "silence") {
      response.statusCode = fault?.status ?? 200;
      response.setHeader("content-type", fault?.contentType ?? "application/json; charset=utf-8");
      const keys = provider.keys.map(({ published }) => published);
      response.end(fault?.body ?? JSON.stringify({ keys }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider: IdentityProvider = {
    url,
    issuer: url,
    keys: [],
    keyRequests: 0,
    fault: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}
