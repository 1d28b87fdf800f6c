/** `error.type` of Stripe's answers. */
export type StripeErrorType =
  | "api_error"
  | "card_error"
  | "idempotency_error"
  | "invalid_request_error";

interface ErrorDetails {
  status?: number;
  code?: string;
  param?: string;
  declineCode?: string;
  /** A payment that failed stays, as at Stripe; everything else that is refused is undone. */
  keepsChanges?: boolean;
  /** Raw objects that Stripe puts beside the text, such as the payment intent of a refused card. */
  objects?: Record<string, unknown>;
}

/** A refusal in Stripe's own shape. What the request changed is undone, unless `keepsChanges`. */
export class StripeError extends Error {
  override readonly name = "StripeError";
  readonly type: StripeErrorType;
  readonly status: number;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly declineCode: string | undefined;
  readonly keepsChanges: boolean;
  readonly #objects: Record<string, unknown>;

  constructor(type: StripeErrorType, message: string, details: ErrorDetails = {}) {
    super(message);
    this.type = type;
    this.status = details.status ?? (type === "card_error" ? 402 : 400);
    this.code = details.code;
    this.param = details.param;
    this.declineCode = details.declineCode;
    this.keepsChanges = details.keepsChanges ?? false;
    this.#objects = details.objects ?? {};
  }

  /** The JSON of the answer. */
  body(requestId: string): Record<string, unknown> {
    const error: Record<string, unknown> = {
      ...(this.code !== undefined && { code: this.code }),
      ...(this.declineCode !== undefined && { decline_code: this.declineCode }),
      message: this.message,
      ...(this.param !== undefined && { param: this.param }),
      ...this.#objects,
      request_log_url: `sandbox:${requestId}`,
      type: this.type,
    };
    return { error };
  }
}

/** A request that Stripe would refuse. */
export function invalidRequest(message: string, details: ErrorDetails = {}): StripeError {
  return new StripeError("invalid_request_error", message, details);
}

/** No object has this id: 404 for an id in the path, 400 for one in a parameter, as at Stripe. */
export function resourceMissing(noun: string, id: string, param = "id"): StripeError {
  return invalidRequest(`No such ${noun}: '${id}'`, {
    status: param === "id" ? 404 : 400,
    code: "resource_missing",
    param,
  });
}

/** A request that Stripe would take and the sandbox does not imitate. */
export function notImitated(what: string, param?: string): StripeError {
  return invalidRequest(
    `The sandbox does not imitate ${what}. docs/sandbox.md lists what it does; use a Stripe test mode key for the rest.`,
    { code: "sandbox_not_imitated", ...(param !== undefined && { param }) },
  );
}
