/** What a webhook endpoint says when it takes no delivery: constant texts, the same at every door. */
export const refusals = {
  signature_not_verified: refusal("signature_not_verified", "The signature could not be verified."),
  not_an_event: refusal("not_an_event", "The body is signed, but is no Stripe event."),
  body_too_large: refusal("body_too_large", "The body is larger than 1 MiB."),
  method_not_allowed: refusal("method_not_allowed", "Deliveries are POST requests."),
  unavailable: refusal("unavailable", "The delivery could not be stored. Deliver it again."),
} as const;

function refusal<Code extends string>(
  code: Code,
  message: string,
): { code: Code; message: string } {
  return { code, message };
}
