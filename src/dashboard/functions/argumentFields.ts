import type { ValidatorJson } from "../api.ts";

/** A field of a function's arguments, as a form shows it. */
export interface ArgumentField {
  name: string;
  isOptional: boolean;
  /** What is expected, in words. */
  hint: string;
  /** `json` is for everything that has no field of its own. */
  kind: "text" | "number" | "boolean" | "choice" | "json";
  /** Of a choice: JSON of each value. */
  choices: string[];
}

/** The form of an argument validator; null when any object is taken: then it is written as JSON. */
export function argumentFields(validator: ValidatorJson): ArgumentField[] | null {
  if (validator.type !== "object") {
    return null;
  }
  return Object.entries(validator.value).map(([name, { fieldType, optional }]) => ({
    name,
    isOptional: optional,
    hint: hintOf(fieldType),
    ...shapeOf(fieldType),
  }));
}

/** What was not filled in, or is no value of its field. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

/**
 * The arguments that a filled form means; fields left empty are left out.
 *
 * @throws ArgumentError naming the field
 */
export function argumentsOf(
  fields: readonly ArgumentField[],
  texts: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, kind, isOptional, hint } of fields) {
    const text = texts[name] ?? "";
    if (text.trim() === "" && (isOptional || kind !== "text")) {
      if (!isOptional) {
        throw new ArgumentError(`${name} is missing: ${hint}.`);
      }
      continue;
    }
    given[name] = kind === "text" ? text : parsed(name, text);
  }
  return given;
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ArgumentError(`${name} is not JSON.`);
  }
}

function shapeOf(type: ValidatorJson): Pick<ArgumentField, "kind" | "choices"> {
  switch (type.type) {
    case "string":
    case "id":
      return { kind: "text", choices: [] };
    case "number":
      return { kind: "number", choices: [] };
    case "boolean":
      return { kind: "boolean", choices: ["true", "false"] };
    case "union":
      return type.value.every((each) => each.type === "literal" || each.type === "null")
        ? { kind: "choice", choices: type.value.map(literalText) }
        : { kind: "json", choices: [] };
    default:
      return { kind: "json", choices: [] };
  }
}

function literalText(type: ValidatorJson): string {
  return JSON.stringify(type.type === "literal" ? type.value : null);
}

function hintOf(type: ValidatorJson): string {
  switch (type.type) {
    case "id":
      return `id of ${type.tableName}`;
    case "literal":
      return JSON.stringify(type.value);
    case "union":
      return type.value.map(hintOf).join(" or ");
    case "array":
      return `list of ${hintOf(type.value)}`;
    case "object":
      return `{ ${Object.keys(type.value).join(", ")} }`;
    default:
      return type.type;
  }
}
