import type { GenericValidator } from "convex/values";
import { parseValidator, type Validator } from "../../../src/engine/schema/validator.ts";

/** What `v.*` made, through its JSON, which the package's types hide. */
export function toValidator(made: GenericValidator): Validator {
  return parseValidator((made as unknown as { json: unknown }).json);
}
