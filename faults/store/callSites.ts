import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** The rooms of the engine that hold the store; no other imports it but for its error. */
const FILES = [
  ...readdirSync(join(ROOT, "src/engine/storage"))
    .filter((file) => file !== "SqlStore.ts")
    .map((file) => `src/engine/storage/${file}`),
  "src/engine/runtime/Writer.ts",
];

/** Calls of the store's own, and of statements, whose methods nothing else there has. */
const CALL =
  /(?:store|batch)\??\.(?:prepare|exec|transaction|begin|commit)\(|^\s*\.prepare\(|\.(?:run|all)\(/;
const NO_CALL = /job\.|resolve|runner\.|^\s*(?:\*|\/\/)/;

/** `file:line` of everything in the engine's source that calls the store. */
export function callSites(): string[] {
  return FILES.flatMap((file) =>
    readFileSync(join(ROOT, file), "utf8")
      .split("\n")
      .flatMap((line, index) =>
        CALL.test(line) && !NO_CALL.test(line) ? [`${file}:${index + 1}`] : [],
      ),
  );
}
