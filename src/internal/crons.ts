import { cronJobs } from "convex/server";
import { internal } from "./_generated/api.ts";

const crons = cronJobs();

crons.interval("take up missed events", { minutes: 1 }, internal.inbox.sweep, {});
crons.interval("take up lost reads", { minutes: 1 }, internal.refetch.sweep, {});
crons.interval("take up a lost reconcile", { minutes: 1 }, internal.reconcile.sweep, {});
crons.interval("take up lost changes by time", { minutes: 1 }, internal.plans.sweep, {});
crons.interval("look for a gap", { minutes: 15 }, internal.reconcile.detectGap, {});
crons.interval("drop bodies kept no longer", { hours: 24 }, internal.retention.run, {});
crons.interval("drop old notes of checkouts", { hours: 24 }, internal.checkout.dropNotes, {});

export default crons;
