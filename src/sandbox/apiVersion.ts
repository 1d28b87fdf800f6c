import Stripe from "stripe";

/** The one version the sandbox speaks: that of the installed `stripe` package. */
export const API_VERSION: string = Stripe.API_VERSION;
