import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { Transact } from "../api/createApi.ts";
import { page } from "../api/page.ts";
import { readBody } from "../api/readBody.ts";
import { earliestJob, runDue } from "../billing/runDue.ts";
import type { Deliverer } from "../delivery/Deliverer.ts";
import { resend } from "../delivery/enqueue.ts";
import { FAULT_KINDS } from "../delivery/Fault.ts";
import { SANDBOX_LIMITS } from "../limits.ts";
import { closeDispute, openDispute } from "../payments/disputes.ts";
import { failRefund } from "../payments/refunds.ts";
import { invalidRequest, StripeError } from "../StripeError.ts";
import type { World } from "../state/World.ts";

/**
 * `/sandbox/*`, in JSON: what Stripe has no API for. Moves the clock, makes deliveries fail, shows what was
 * delivered, and lets a buyer's bank act. A `POST` has to say that it is JSON, so no page of another origin
 * can send one.
 */
export function createControl(transact: Transact, deliverer: Deliverer): Hono {
  const app = new Hono();
  app.onError((error, c) => {
    const refusal =
      error instanceof StripeError
        ? error
        : new StripeError("api_error", error.message, { status: 500 });
    return c.json(refusal.body("sandbox"), refusal.status as ContentfulStatusCode);
  });
  app.get("/clock", async (c) => c.json(await transact(clock)));

  app.post("/clock/advance", async (c) => {
    const wanted = read(ADVANCE, await jsonOf(c.req.raw));
    return c.json(await transact((world) => advance(world, wanted)));
  });

  app.get("/settings", async (c) => c.json(await transact(settings)));

  app.post("/settings", async (c) => {
    const { after_last_retry, retry_days } = read(SETTINGS, await jsonOf(c.req.raw));
    return c.json(
      await transact((world) => {
        world.changeSettings({
          ...(after_last_retry !== undefined && { afterLastRetry: after_last_retry }),
          ...(retry_days !== undefined && { retryDays: retry_days }),
        });
        return settings(world);
      }),
    );
  });

  app.get("/faults", async (c) =>
    c.json(await transact((world) => ({ object: "list", data: world.store.all("faults") }))),
  );

  app.post("/faults", async (c) => {
    const wanted = read(FAULT, await jsonOf(c.req.raw));
    return c.json(await transact((world) => addFault(world, wanted)));
  });

  app.delete("/faults", async (c) =>
    c.json(
      await transact((world) => {
        for (const { id } of world.store.all("faults")) {
          world.store.remove("faults", id);
        }
        return { object: "list", data: [] };
      }),
    ),
  );

  app.get("/deliveries", async (c) => {
    const wanted = read(DELIVERIES, c.req.query());
    return c.json(
      await transact((world) => {
        const deliveries = world.store
          .all("deliveries")
          .filter(
            ({ event, endpoint, status }) =>
              (wanted.event ?? event) === event &&
              (wanted.webhook_endpoint ?? endpoint) === endpoint &&
              (wanted.status ?? status) === status,
          );
        return page("/sandbox/deliveries", deliveries, wanted);
      }),
    );
  });

  app.post("/deliveries/settle", async (c) => {
    await jsonOf(c.req.raw);
    return c.json({ settled: await deliverer.settled(SANDBOX_LIMITS.settleWaitMs) });
  });

  app.post("/events/:id/resend", async (c) => {
    const { webhook_endpoint } = read(RESEND, await jsonOf(c.req.raw));
    const data = await transact((world) => resendEvent(world, c.req.param("id"), webhook_endpoint));
    return c.json({ object: "list", data });
  });

  app.post("/webhook_endpoints/:id/roll_secret", async (c) => {
    const wanted = read(ROLL, await jsonOf(c.req.raw));
    return c.json(await transact((world) => rollSecret(world, c.req.param("id"), wanted)));
  });

  app.post("/disputes", async (c) => {
    const { charge, reason } = read(OPEN_DISPUTE, await jsonOf(c.req.raw));
    return c.json(await transact((world) => openDispute(world, charge, reason)));
  });

  app.post("/disputes/:id/close", async (c) => {
    const { status } = read(CLOSE_DISPUTE, await jsonOf(c.req.raw));
    return c.json(await transact((world) => closeDispute(world, c.req.param("id"), status)));
  });

  app.post("/refunds/:id/fail", async (c) => {
    await jsonOf(c.req.raw);
    return c.json(
      await transact((world) =>
        failRefund(world, world.find("refunds", c.req.param("id"), "refund")),
      ),
    );
  });

  app.all("*", () => {
    throw invalidRequest("Unrecognized request URL. docs/sandbox.md lists what /sandbox has.", {
      status: 404,
    });
  });
  return app;
}

const seconds = z.int().min(1).max(SANDBOX_LIMITS.advanceSeconds);
const ADVANCE = z.union([
  z.strictObject({ seconds }),
  z.strictObject({ to_next: z.literal(true) }),
]);
const SETTINGS = z.strictObject({
  after_last_retry: z.enum(["canceled", "past_due", "unpaid"]).optional(),
  retry_days: z.array(z.number().gt(0).max(30)).max(8).optional(),
});
const FAULT = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  count: z.int().min(1).max(SANDBOX_LIMITS.faultCount),
  delay_seconds: z.int().min(1).max(86_400).optional(),
});
const DELIVERIES = z.strictObject({
  event: z.string().optional(),
  webhook_endpoint: z.string().optional(),
  status: z.enum(["delivered", "dropped", "failed", "waiting"]).optional(),
  limit: z.coerce.number().int().min(1).max(SANDBOX_LIMITS.pageSize).optional(),
  starting_after: z.string().optional(),
  ending_before: z.string().optional(),
});
const RESEND = z.strictObject({ webhook_endpoint: z.string().optional() });
const ROLL = z.strictObject({
  keep_seconds: z.int().min(0).max(86_400).default(86_400),
  secret: z.string().startsWith("whsec_").max(SANDBOX_LIMITS.textLength).optional(),
});
const OPEN_DISPUTE = z.strictObject({
  charge: z.string(),
  reason: z.string().max(40).default("fraudulent"),
});
const CLOSE_DISPUTE = z.strictObject({ status: z.enum(["lost", "won"]) });

/** An empty body is an empty object. */
async function jsonOf(request: Request): Promise<unknown> {
  if (!(request.headers.get("content-type") ?? "").startsWith("application/json")) {
    throw invalidRequest("Send Content-Type: application/json.", { status: 415 });
  }
  const text = await readBody(request);
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw invalidRequest("The body is not JSON.");
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  throw invalidRequest(`Invalid ${issue?.path.join(".") || "body"}: ${issue?.message}`, {
    code: "parameter_invalid",
    param: issue?.path.join(".") ?? "",
  });
}

function clock(world: World): object {
  return {
    object: "sandbox.clock",
    now: world.nowSeconds(),
    offset_seconds: world.settings().clockOffsetSeconds,
    next: earliestJob(world)?.dueSeconds ?? null,
  };
}

/** Moves the clock, by so much or to the next thing that happens by itself. */
function advance(world: World, wanted: z.output<typeof ADVANCE>): object {
  const nowSeconds = world.nowSeconds();
  const nextSeconds = earliestJob(world)?.dueSeconds ?? nowSeconds;
  const moveSeconds = "seconds" in wanted ? wanted.seconds : Math.max(0, nextSeconds - nowSeconds);
  const happened = runDue(world, nowSeconds + moveSeconds);
  const { clockOffsetSeconds } = world.settings();
  world.changeSettings({ clockOffsetSeconds: clockOffsetSeconds + moveSeconds });
  return { ...clock(world), happened };
}

function settings(world: World): object {
  const { afterLastRetry, retryDays } = world.settings();
  return {
    object: "sandbox.settings",
    after_last_retry: afterLastRetry,
    retry_days: retryDays,
  };
}

function addFault(world: World, wanted: z.output<typeof FAULT>): object {
  if ((wanted.kind === "delay") !== (wanted.delay_seconds !== undefined)) {
    throw invalidRequest("delay_seconds belongs to the kind delay, and only to it.", {
      param: "delay_seconds",
    });
  }
  for (const { id, hits, count } of world.store.all("faults")) {
    if (hits >= count) {
      world.store.remove("faults", id);
    }
  }
  if (world.store.count("faults") >= SANDBOX_LIMITS.faults) {
    throw invalidRequest(`At most ${SANDBOX_LIMITS.faults} faults can wait.`);
  }
  return world.insert("faults", {
    id: world.newId("fault"),
    kind: wanted.kind,
    count: wanted.count,
    hits: 0,
    delaySeconds: wanted.delay_seconds ?? null,
  });
}

function resendEvent(world: World, id: string, endpoint: string | undefined): object[] {
  const event = world.find("events", id, "event");
  if (endpoint !== undefined) {
    world.find("webhookEndpoints", endpoint, "webhook endpoint", "webhook_endpoint");
    return resend(world, event, [endpoint]);
  }
  const endpoints = world.store
    .all("webhookEndpoints")
    .filter(({ status }) => status === "enabled");
  return resend(
    world,
    event,
    endpoints.map((each) => each.id),
  );
}

function rollSecret(
  world: World,
  id: string,
  { keep_seconds: keepSeconds, secret = world.newId("whsec", 32) }: z.output<typeof ROLL>,
): object {
  const endpoint = world.find("webhookEndpoints", id, "webhook endpoint");
  const { current } = world.must("endpointSecrets", id);
  world.update("endpointSecrets", id, {
    current: secret,
    former: keepSeconds === 0 ? null : current,
    formerUntilSeconds: keepSeconds === 0 ? null : world.nowSeconds() + keepSeconds,
  });
  return { ...endpoint, secret };
}
