import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.ts";

const crons = cronJobs();

crons.daily(
  "drop bodies that are kept no longer",
  { hourUTC: 3, minuteUTC: 17 },
  internal.retention.run,
  {},
);

export default crons;
