import type { ConformanceCase } from "../conformanceCase.ts";
import { callCases } from "./callCases.ts";
import { documentCases } from "./documentCases.ts";
import { failureCases } from "./failureCases.ts";
import { filterCases } from "./filterCases.ts";
import { httpCases } from "./httpCases.ts";
import { identityCases } from "./identityCases.ts";
import { indexCases } from "./indexCases.ts";
import { limitCases } from "./limitCases.ts";
import { queryCases } from "./queryCases.ts";
import { schedulerCases } from "./schedulerCases.ts";
import { schemaCases } from "./schemaCases.ts";
import { validatorCases } from "./validatorCases.ts";
import { valueCases } from "./valueCases.ts";

/** Every case of the suite. Names are unique. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...documentCases,
  ...indexCases,
  ...queryCases,
  ...filterCases,
  ...valueCases,
  ...schemaCases,
  ...validatorCases,
  ...failureCases,
  ...callCases,
  ...identityCases,
  ...httpCases,
  ...schedulerCases,
  ...limitCases,
];
