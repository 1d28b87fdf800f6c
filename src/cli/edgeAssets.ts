import { join } from "node:path";
import { writeAssets } from "../hosts/dashboard/writeAssets.ts";

/** Run by wrangler before it serves or deploys, as `wrangler.toml` says. */
await writeAssets(join(import.meta.dirname, "../../dist/edge"));
