/**
 * `object_unreadable`: a field that a snapshot cannot do without is missing or of a wrong type. The
 * message is constant; `field` is the path of the field, such as `subscription.status`, never its value,
 * and is for the operator.
 */
export class UnreadableObjectError extends Error {
  readonly code = "object_unreadable";
  override readonly name = "UnreadableObjectError";
  readonly field: string;

  constructor(field: string) {
    super("A Stripe object could not be read.");
    this.field = field;
  }
}
