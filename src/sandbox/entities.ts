import type Stripe from "stripe";

/**
 * The objects that the sandbox keeps, in exactly the shape that Stripe's API answers: the `stripe`
 * package's own types, with ids where those allow an expanded object, and decimals as the text that is on
 * the wire. Enumerations are closed, so the compiler knows each value that the sandbox can answer.
 */
export type Unexpanded<T> = T extends Stripe.Decimal
  ? string
  : T extends readonly (infer Element)[]
    ? Reference<Element>[]
    : T extends object
      ? { [Key in keyof T]: Reference<T[Key]> }
      : T;

/** `string | Customer` is kept as the id, `'active' | OtherString` as `'active'`. */
type Reference<Value> = [Extract<Value, object>] extends [never]
  ? Value
  : string extends Value
    ? Exclude<Value, object>
    : Unexpanded<Value>;

export type Customer = Unexpanded<Stripe.Customer>;
export type Product = Unexpanded<Stripe.Product>;
export type Price = Unexpanded<Stripe.Price>;
export type Coupon = Unexpanded<Stripe.Coupon>;
export type PromotionCode = Unexpanded<Stripe.PromotionCode>;
export type Discount = Unexpanded<Stripe.Discount>;
export type PaymentMethod = Unexpanded<Stripe.PaymentMethod>;
export type PaymentIntent = Unexpanded<Stripe.PaymentIntent>;
export type SetupIntent = Unexpanded<Stripe.SetupIntent>;
export type Charge = Unexpanded<Stripe.Charge>;
export type Refund = Unexpanded<Stripe.Refund>;
export type Dispute = Unexpanded<Stripe.Dispute>;
export type Subscription = Unexpanded<Stripe.Subscription>;
export type SubscriptionItem = Unexpanded<Stripe.SubscriptionItem>;
export type Invoice = Unexpanded<Stripe.Invoice>;
export type InvoiceLine = Unexpanded<Stripe.InvoiceLineItem>;
export type InvoicePayment = Unexpanded<Stripe.InvoicePayment>;
export type CheckoutSession = Unexpanded<Stripe.Checkout.Session>;
export type SessionLineItem = Unexpanded<Stripe.LineItem>;
export type PortalSession = Unexpanded<Stripe.BillingPortal.Session>;
export type WebhookEndpoint = Unexpanded<Stripe.WebhookEndpoint>;
