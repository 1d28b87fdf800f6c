import { join } from "node:path";
import type { Log } from "../../../engine/ports.ts";
import { createSandbox } from "../../../sandbox/createSandbox.ts";
import type { DataDirectory } from "../dataDirectory.ts";
import { startHttpServer } from "../httpServer.ts";
import { openNodeSqliteStore } from "../nodeSqliteStore.ts";
import type { SecretText } from "../SecretText.ts";
import { systemClock, systemFetch, systemRandom, systemTimer } from "../systemPorts.ts";
import { createOwnerControl } from "./createOwnerControl.ts";
import { DevelopmentIssuer } from "./DevelopmentIssuer.ts";
import type { PlansOfOwners } from "./plansOfOwners.ts";
import { SANDBOX_DATABASE_FILE } from "./sandboxHoldsPlans.ts";
import { sandboxStorage } from "./sandboxStorage.ts";
import { setUpShop } from "./shopSetUp.ts";

/** It takes orders from everybody who reaches it, so nobody else does. */
const HOST = "127.0.0.1";
const LOCAL_NAMES = ["127.0.0.1", "localhost"];

/** The sandbox beside a gateway, in the same process and on a port of its own. */
export interface HostedSandbox {
  readonly url: string;
  readonly issuer: DevelopmentIssuer;
  /** What functions find in their environment: they know it as they would know Stripe. */
  readonly variables: Readonly<Record<string, string>>;
  /** And their issuer, where the operator named none. */
  readonly authVariables: Readonly<Record<string, string>>;
  /** Tells it of the gateway that listens now. Nothing is delivered before. */
  introduce(gateway: {
    url: string;
    signingSecret: SecretText;
    plans: PlansOfOwners;
  }): Promise<void>;
  /** Nothing happens by itself any more; its API still answers. */
  quiet(): Promise<void>;
  /** After {@link HostedSandbox.quiet}. */
  close(): Promise<void>;
}

/**
 * Starts the sandbox with what it kept in the data directory. It listens on this machine only.
 *
 * @param port 0 = any free one
 * @throws ListenError, StoreInUseError, StoreError, DataDirectoryError; nothing is left running
 */
export async function startSandbox(
  data: DataDirectory,
  port: number,
  log: Log,
): Promise<HostedSandbox> {
  const secretKey = data.secret("sandbox-key").value;
  const issuerKey = data.secret("sandbox-issuer-key").value;
  const store = openNodeSqliteStore({ path: join(data.path, SANDBOX_DATABASE_FILE) });
  const introduced = Promise.withResolvers<void>();
  try {
    const sandbox = await createSandbox({
      ...{ clock: systemClock, random: systemRandom, timer: systemTimer },
      fetch: async (url, init) => {
        await introduced.promise;
        return await systemFetch(url, init);
      },
      storage: sandboxStorage(store),
    });
    let answer: (request: Request) => Promise<Response> = sandbox.fetch;
    const server = await startHttpServer({
      ...{ host: HOST, port, portName: "SANDBOX_PORT", log },
      fetch: (request) =>
        isLocal(request)
          ? answer(request)
          : Response.json({ code: "host_unknown" }, { status: 421 }),
    }).catch(async (error: unknown) => {
      introduced.resolve();
      await sandbox.close();
      throw error;
    });
    const issuer = new DevelopmentIssuer(`${server.url}/sandbox/issuer`, issuerKey);
    return {
      url: server.url,
      issuer,
      variables: {
        STRIPE_SECRET_KEY: secretKey.reveal(),
        STRIPE_API_URL: server.url,
      },
      authVariables: {
        TOLLGATE_AUTH_ISSUER: issuer.issuer,
        TOLLGATE_AUTH_JWKS: `data:application/json,${encodeURIComponent(JSON.stringify(issuer.jwks()))}`,
        TOLLGATE_AUTH_AUDIENCE: issuer.audience,
        TOLLGATE_AUTH_ALGORITHM: "ES256",
      },
      introduce: async ({ url, signingSecret, plans }) => {
        const control = createOwnerControl(issuer, plans);
        answer = async (request) => (await control(request)) ?? (await sandbox.fetch(request));
        const webhookUrl = `${url}/stripe/webhook`;
        await setUpShop({ sandboxUrl: server.url, secretKey, webhookUrl, signingSecret });
        introduced.resolve();
      },
      quiet: async () => {
        introduced.resolve();
        await sandbox.close();
      },
      close: async () => {
        await server.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A page of another origin may point a name of its own at this machine; that name gives it away. */
function isLocal(request: Request): boolean {
  return LOCAL_NAMES.includes(new URL(request.url).hostname);
}
