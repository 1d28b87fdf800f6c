import type { ContractCase } from "./ContractCase.ts";
import { CHECKOUT } from "./cases/checkout.ts";
import { CLOSED } from "./cases/closed.ts";
import { DURABLE } from "./cases/durable.ts";
import { ENGINE } from "./cases/engine.ts";
import { EXPLAINED } from "./cases/explained.ts";
import { IN_ANY_ORDER } from "./cases/inAnyOrder.ts";
import { OPERATORS } from "./cases/operators.ts";
import { PLANS } from "./cases/plans.ts";
import { RECOVERED } from "./cases/recovered.ts";
import { VERIFIED } from "./cases/verified.ts";

/** What every place promises, in the order in which it is tried. */
export const CONTRACT: readonly ContractCase[] = [
  ...VERIFIED,
  ...IN_ANY_ORDER,
  ...DURABLE,
  ...RECOVERED,
  ...CLOSED,
  ...PLANS,
  ...ENGINE,
  ...OPERATORS,
  ...CHECKOUT,
  ...EXPLAINED,
];
