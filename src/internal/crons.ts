import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.ts";

const crons = cronJobs();

crons.interval("take up missed events", { minutes: 1 }, internal.inbox.sweep, {});
crons.interval("take up lost reads", { minutes: 1 }, internal.refetch.sweep, {});

export default crons;
