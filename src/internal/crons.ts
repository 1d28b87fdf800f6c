import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.ts";

const crons = cronJobs();

crons.interval("take up missed events", { minutes: 1 }, internal.inbox.sweep, {});

export default crons;
