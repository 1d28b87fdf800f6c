import { parentPort } from "node:worker_threads";
import { convexTest } from "convex-test";
import { conformanceCases } from "./cases/conformanceCases.ts";
import type { Deployment } from "./conformanceCase.ts";
import { conformanceModules } from "./conformanceModules.ts";
import schema from "./functions/schema.ts";
import { observe } from "./observe.ts";

/** A thread of its own for the official stand-in: both sides take over the same globals. */
const open = () => convexTest(schema, conformanceModules) as unknown as Deployment;
parentPort?.postMessage(await observe(conformanceCases, open));
