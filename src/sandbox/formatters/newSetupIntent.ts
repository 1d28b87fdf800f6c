import type { SetupIntent } from "../entities.ts";

/** A setup intent that nobody has confirmed yet. */
export function newSetupIntent(fields: {
  id: string;
  clientSecret: string;
  createdSeconds: number;
  customer: string | null;
  paymentMethod?: string | null;
  description?: string | null | undefined;
  metadata?: Record<string, string>;
}): SetupIntent {
  return {
    id: fields.id,
    object: "setup_intent",
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: { enabled: true, allow_redirects: "always" },
    cancellation_reason: null,
    client_secret: fields.clientSecret,
    created: fields.createdSeconds,
    customer: fields.customer,
    customer_account: null,
    description: fields.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: fields.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: fields.paymentMethod ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card", "sepa_debit"],
    single_use_mandate: null,
    status: fields.paymentMethod ? "requires_confirmation" : "requires_payment_method",
    usage: "off_session",
  };
}
