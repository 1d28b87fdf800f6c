#!/usr/bin/env -S node --max-semi-space-size=32
import { keepCompiled } from "../hosts/node/keepCompiled.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") {
    throw error;
  }
  // Whoever read the output has seen enough.
  process.exit();
});
keepCompiled();
const { runTollgate } = await import("./runTollgate.ts");
process.exitCode = await runTollgate(process.argv.slice(2), process);
