#!/usr/bin/env node
import { runTollgate } from "./runTollgate.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") {
    throw error;
  }
  // Whoever read the output has seen enough.
  process.exit();
});
process.exitCode = await runTollgate(process.argv.slice(2), process);
