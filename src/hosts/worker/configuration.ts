import * as z from "zod";
import {
  contradictions,
  FUNCTION_VARIABLES,
  type Variables,
  variableText,
} from "../functionVariables.ts";
import { MAX_ALLOWED_ACCOUNTS } from "./placement.ts";

/** Without these the Worker answers nothing but 503. */
export const REQUIRED_SECRETS = ["STRIPE_WEBHOOK_SECRET", "TOLLGATE_ADMIN_KEY"] as const;

/** In front of Convex the Worker needs no other: it holds no key of the deployment. */
export const REQUIRED_BEFORE_CONVEX = ["STRIPE_WEBHOOK_SECRET"] as const;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const ACCOUNTS = /^(?:\*|acct_[A-Za-z0-9]{1,250}(?:,acct_[A-Za-z0-9]{1,250})*)$/;

const VARIABLES = z.object({
  ...FUNCTION_VARIABLES,
  STRIPE_ACCOUNT: z
    .undefined("is for one gateway: name connected accounts in TOLLGATE_ACCOUNTS")
    .optional(),
  TOLLGATE_IMPORT_KEY: variableText
    .regex(
      /^[!-9;-~]{16,512}$/,
      "is not 16 to 512 visible ASCII characters without spaces and colons",
    )
    .optional(),
  TOLLGATE_ACCOUNTS: variableText
    .regex(ACCOUNTS, "is neither * nor a list of accounts like acct_1,acct_2")
    .refine((text) => text.split(",").length <= MAX_ALLOWED_ACCOUNTS, {
      error: `lists more than ${MAX_ALLOWED_ACCOUNTS} accounts: write * and let Stripe's endpoint choose`,
    })
    .optional(),
});

/**
 * Why these variables cannot be used, one line each that names the variable and shows no value of a
 * secret; empty when they can.
 */
export function problemsOf(variables: Variables): string[] {
  const convex = variables["CONVEX_SITE_URL"];
  const required = convex === undefined ? REQUIRED_SECRETS : REQUIRED_BEFORE_CONVEX;
  const missing = required
    .filter((name) => variables[name] === undefined)
    .map((name) => `${name} is missing: set it with npx wrangler secret put ${name}`);
  const malformed = (VARIABLES.safeParse(variables).error?.issues ?? []).map(
    (issue) => `${issue.path.join(".")} ${issue.message}`,
  );
  return [...missing, ...malformed, ...contradictions(variables), ...convexProblems(convex)];
}

function convexProblems(convex: string | undefined): string[] {
  if (convex === undefined) {
    return [];
  }
  const url = URL.parse(convex);
  const isOrigin = url !== null && url.origin === convex;
  const isSafe =
    url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  return isOrigin && isSafe
    ? []
    : ["CONVEX_SITE_URL is not the address of HTTP actions, like https://name.convex.site"];
}
