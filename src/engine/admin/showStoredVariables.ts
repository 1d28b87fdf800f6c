import type { Environment } from "../ports.ts";
import type { DocumentStore } from "../storage/DocumentStore.ts";
import { ENVIRONMENT_VARIABLES } from "../storage/systemTables.ts";

/**
 * Shows the stored environment variables to functions, but for names that the host reserves. A host
 * calls it before it loads modules, which may read variables while they load.
 *
 * @returns what was shown, by name
 */
export function showStoredVariables(
  documents: DocumentStore,
  environment: Environment,
): Map<string, string> {
  const shown = new Map<string, string>();
  const table = documents.catalog.byName(ENVIRONMENT_VARIABLES.name);
  for (const { value } of table === undefined ? [] : documents.everyDocument(table)) {
    const name = String(value["name"]);
    if (!environment.isReserved(name)) {
      shown.set(name, String(value["value"]));
      environment.set(name, String(value["value"]));
    }
  }
  return shown;
}
