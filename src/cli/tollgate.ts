#!/usr/bin/env node
import { runTollgate } from "./runTollgate.ts";

process.exitCode = await runTollgate(process.argv.slice(2), process);
