import { displayFloat64 } from "../values/displayFloat64.ts";
import type { FieldValidator, Validator } from "./validator.ts";

/**
 * A validator as convex-backend shows it in messages: `v.object({a: v.optional(v.float64())})`, with the
 * fields in order of their names, and `<bigint>` for an int64 literal.
 */
export function displayValidator(validator: Validator): string {
  switch (validator.kind) {
    case "literal":
      return `v.literal(${displayLiteral(validator.value)})`;
    case "id":
      return `v.id("${validator.tableName}")`;
    case "array":
      return `v.array(${displayValidator(validator.element)})`;
    case "record":
      return `v.record(${displayValidator(validator.keys)}, ${displayValidator(validator.values)})`;
    case "object":
      return `v.object({${validator.fields.map(displayField).join(", ")}})`;
    case "union":
      return `v.union(${validator.members.map(displayValidator).join(", ")})`;
    default:
      return `v.${validator.kind}()`;
  }
}

function displayField({ name, validator, optional }: FieldValidator): string {
  const shown = displayValidator(validator);
  return `${name}: ${optional ? `v.optional(${shown})` : shown}`;
}

function displayLiteral(value: string | number | bigint | boolean): string {
  if (typeof value === "bigint") {
    return "<bigint>";
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? displayFloat64(value, EXPONENT_BELOW) : "<number>";
  }
  return JSON.stringify(value);
}

const EXPONENT_BELOW = 1e-5;
