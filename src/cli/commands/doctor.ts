import type { Command } from "../Command.ts";

export const doctorCommand: Command = {
  name: "doctor",
  summary: "find what is configured wrongly, and say what to do",
  description: `Finds what is wrong with a deployment, and says what to do about it. Changes nothing.

With a URL it asks the deployment that runs there, which asks Stripe, reading only; a read-only key is enough,
but does not have Stripe asked. Without one it looks at this machine: the variables as npm start would read
them, the data directory, its disk, and what is stored while no gateway runs. What could not be checked from
here is named. Secrets are shown by their fingerprints. docs/doctor.md lists the checks.

Only a check that fails makes the exit code 1; a warning does not.`,
  usage: [""],
  where: ["data directory", "gateway", "Convex"],
  options: {},
  examples: ["doctor", "doctor --json", "doctor --url https://pay.example.org"],
  // It takes the host, the engine and the functions: read only where it is needed.
  does: async (input) => await (await import("./doctor/runDoctor.ts")).runDoctor(input),
};
