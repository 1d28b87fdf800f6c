import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "./commands.ts";
import { reference } from "./reference.ts";

/** `npm run docs:cli`: writes docs/cli.md. */
writeFileSync(join(import.meta.dirname, "../../docs/cli.md"), reference(COMMANDS));
