import type Stripe from "stripe";
import { type CommandInput, textOption, UsageError } from "../Command.ts";
import { UnreachableError } from "../deployment/Connection.ts";

const DEFAULT_PORT = "12111";

/** A sandbox that runs. */
export interface SandboxConnection {
  readonly url: string;
  /** Stripe's own SDK, speaking to it. */
  readonly stripe: Stripe;
  /** Asks one of its controls. @throws UnreachableError when nothing answers, or it refuses */
  control(path: string, body?: object): Promise<unknown>;
}

/** The sandbox that the options or the environment name. @throws UsageError, UnreachableError */
export async function connectSandbox(input: CommandInput): Promise<SandboxConnection> {
  const named = textOption(input, "sandbox");
  const url = URL.parse(named ?? `http://127.0.0.1:${process.env["SANDBOX_PORT"] ?? DEFAULT_PORT}`);
  if (url === null || url.protocol !== "http:") {
    throw new UsageError("--sandbox is not an address, like http://127.0.0.1:12111");
  }
  const { origin, hostname: host, port } = url;
  const control = (path: string, body?: object) => ask(`${origin}/sandbox${path}`, body);
  await control("/clock");
  // Read only where it is needed: it is long.
  const { default: StripeClient } = await import("stripe");
  const stripe = new StripeClient("sk_test_tollgate_cli", {
    ...{ host, port: Number(port || 80), protocol: "http" },
    telemetry: false,
  });
  return { url: origin, stripe, control };
}

async function ask(url: string, body: object | undefined): Promise<unknown> {
  const { origin } = new URL(url);
  let response: Response;
  try {
    response = await fetch(url, {
      ...(body !== undefined && {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  } catch (error) {
    throw new UnreachableError(
      `no sandbox runs at ${origin}: start one with npm start, without STRIPE_SECRET_KEY`,
      { cause: error },
    );
  }
  const answer = (await response.json().catch(() => null)) as {
    message?: string;
    error?: { message?: string };
  } | null;
  if (answer === null || !response.ok) {
    const reason = answer?.error?.message ?? answer?.message ?? "no sandbox's answer";
    throw new UnreachableError(`${origin} answers ${response.status}: ${reason}`);
  }
  return answer;
}
