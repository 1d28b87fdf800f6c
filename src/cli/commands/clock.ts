import { type Command, EXIT, UsageError } from "../Command.ts";
import { connectSandbox, SANDBOX_HELP, SANDBOX_OPTIONS } from "../sandbox/SandboxConnection.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

export const clockCommand: Command = {
  name: "clock",
  summary: "move the sandbox's clock ahead",
  help: `Moves the sandbox's clock ahead; what is due happens: renewals, ends of trials, retries.

Usage: tollgate clock advance TIME [options]

TIME is a number with a unit: 90s, 15m, 12h, 30d.

${SANDBOX_HELP}

Exit codes: 0 done, 2 wrong usage, 3 no sandbox answers, or it refuses.
`,
  options: SANDBOX_OPTIONS,
  run: async (input) => {
    const [verb, time = "", ...rest] = input.positionals;
    const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(time) ?? [];
    if (verb !== "advance" || count === undefined || rest.length > 0) {
      throw new UsageError("say how far, like: clock advance 30d");
    }
    const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 0);
    const { control } = await connectSandbox(input);
    const { now } = (await control("/clock/advance", { seconds })) as { now: number };
    await control("/deliveries/settle", {});
    process.stdout.write(`It is ${new Date(now * 1_000).toISOString()} in the sandbox.\n`);
    return EXIT.clean;
  },
};
