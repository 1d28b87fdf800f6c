import { CHECKS, type Check } from "../../../internal/doctor/Check.ts";
import { type CommandInput, EXIT, noPositional } from "../../Command.ts";
import type { Output } from "../../Output.ts";
import { type Examination, examine } from "./examine.ts";

/** Does what `doctor` was asked for. */
export async function runDoctor(input: CommandInput): Promise<number> {
  noPositional(input);
  const examination = await examine(input);
  input.out.result(examination, examinationText(examination, input.out));
  return examination.checks.some(({ status }) => status === "fail") ? EXIT.findings : EXIT.clean;
}

/** In the order in which they are told: the worst stands where the eye is, at the end. */
const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const;

function examinationText({ deployment, checks, notChecked }: Examination, out: Output): string {
  const told = (Object.keys(STYLES) as Check["status"][]).flatMap((wanted) =>
    checks.filter(({ status }) => status === wanted),
  );
  const lines = told.map(({ title, status, detail, whatToDo }) => {
    const mark = out.style(STYLES[status], status.padEnd(5));
    const advice = whatToDo === "" ? "" : `\n        ${whatToDo}`;
    return `${mark} ${title}: ${detail}${advice}\n`;
  });
  const missing = [...Map.groupBy(notChecked, ({ why }) => why)].map(
    ([why, each]) => `  ${each.map(({ check }) => CHECKS[check].title).join(", ")}: ${why}\n`,
  );
  const count = (wanted: string) => checks.filter(({ status }) => status === wanted).length;
  return [
    `${deployment}\n\n`,
    ...(notChecked.length === 0 ? [] : ["Not checked from here\n", ...missing, "\n"]),
    ...lines,
    `\nChecks: ${checks.length}, failed: ${count("fail")}, warnings: ${count("warn")}.\n`,
  ].join("");
}
