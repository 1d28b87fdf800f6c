import {
  type Command,
  type CommandInput,
  EXIT,
  msOf,
  onlyPositional,
  UsageError,
} from "../Command.ts";
import { connectSandbox } from "../sandbox/SandboxConnection.ts";

export const clockCommand: Command = {
  name: "clock",
  summary: "move the sandbox's clock ahead",
  description: `Moves the sandbox's clock ahead; what is due happens: renewals, ends of trials, retries.

TIME is a number with a unit: 90s, 15m, 12h, 30d.`,
  usage: ["advance TIME"],
  where: ["sandbox"],
  options: {},
  examples: ["clock advance 31d"],
  does: { advance: { summary: "move it by so much", run: advance } },
};

async function advance(input: CommandInput): Promise<number> {
  const time = onlyPositional(input, "time, like 30d");
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(time) ?? [];
  if (count === undefined) {
    throw new UsageError("say how far, like: clock advance 30d");
  }
  const seconds = (Number(count) * msOf(unit)) / 1_000;
  const { control } = await connectSandbox(input);
  const { now } = (await control("/clock/advance", { seconds })) as { now: number };
  await control("/deliveries/settle", {});
  const text = `It is ${new Date(now * 1_000).toISOString()} in the sandbox.\n`;
  input.out.result({ nowSeconds: now }, text);
  return EXIT.clean;
}
