import { RequestError } from "../errors.ts";

/** One function, named without ambiguity. */
export interface FunctionPath {
  /** With extension: "plans.js", "dir/mod.js". */
  module: string;
  /** The export's name; "default" for a default export. */
  functionName: string;
}

/** Convex: path components and identifiers are at most this long. */
const MAX_COMPONENT_LENGTH = 64;

/**
 * Reads "plans:get", "dir/mod.js:fn" or "mod" (its default export): split at the last colon, `.js`
 * added when the module has no extension.
 *
 * @throws RequestError 400 BadConvexFunctionIdentifier for anything that can name no function
 */
export function parseFunctionPath(text: string): FunctionPath {
  const colon = text.lastIndexOf(":");
  const modulePath = colon < 0 ? text : text.slice(0, colon);
  const functionName = colon < 0 ? "default" : text.slice(colon + 1);
  const problem = moduleProblem(modulePath) ?? identifierProblem(functionName);
  if (problem !== null) {
    throw new RequestError(
      400,
      "BadConvexFunctionIdentifier",
      `${text} is not a valid path to a Convex function. ${problem}`,
    );
  }
  const file = modulePath.slice(modulePath.lastIndexOf("/") + 1);
  const module = file.includes(".") ? modulePath : `${modulePath}.js`;
  return { module, functionName };
}

/** The canonical spelling of errors, stored jobs and specs: "plans.js:get". */
export function canonicalPath({ module, functionName }: FunctionPath): string {
  return `${module}:${functionName}`;
}

/** The public spelling: "plans:get", and the module alone for a default export. */
export function strippedPath({ module, functionName }: FunctionPath): string {
  const stripped = module.replace(/\.js$/, "");
  return functionName === "default" ? stripped : `${stripped}:${functionName}`;
}

function moduleProblem(path: string): string | null {
  for (const component of path.split("/")) {
    if (component.length > MAX_COMPONENT_LENGTH) {
      const shown = component.slice(0, MAX_COMPONENT_LENGTH);
      return `Path component is too long (${component.length} > maximum ${MAX_COMPONENT_LENGTH}): ${shown}...`;
    }
    if (!/^[a-zA-Z0-9_.]*$/.test(component)) {
      return `Path component ${component} can only contain alphanumeric characters, underscores, or periods.`;
    }
    if (!/[a-zA-Z0-9]/.test(component)) {
      return `Path component ${component} must have at least one alphanumeric character.`;
    }
  }
  const file = path.slice(path.lastIndexOf("/") + 1);
  const dot = file.lastIndexOf(".");
  return dot > 0 && file.slice(dot) !== ".js"
    ? `Module path (${path}) has an extension that isn't 'js'.`
    : null;
}

function identifierProblem(name: string): string | null {
  if (name.length > MAX_COMPONENT_LENGTH) {
    const shown = name.slice(0, MAX_COMPONENT_LENGTH);
    return `Identifier is too long (${name.length} > maximum ${MAX_COMPONENT_LENGTH}): ${shown}...`;
  }
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || !/[a-zA-Z0-9]/.test(name)) {
    return `Identifier must start with a letter or underscore and can only contain letters, digits, and underscores: ${name}`;
  }
  return null;
}
