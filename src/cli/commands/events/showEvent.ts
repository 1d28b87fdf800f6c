import { type CommandInput, EXIT, onlyPositional } from "../../Command.ts";
import { withConnection } from "../../deployment/connect.ts";
import type { Output } from "../../Output.ts";
import { findEvent, type ShownEvent } from "./findEvent.ts";

/** Shows one event: what became of it, its evidence, what it changed. */
export async function showEvent(input: CommandInput): Promise<number> {
  const eventId = onlyPositional(input, "event");
  const isWhole = input.values["body"] === true;
  return await withConnection(input, async (connection) => {
    const event = await findEvent(connection, eventId);
    const body = isWhole
      ? await connection.call("dashboard:eventBody", { eventId: event.row._id, isWhole })
      : undefined;
    const bodyText = body === undefined ? "" : `\n${body ?? "The body is no longer kept."}\n`;
    input.out.result({ ...event, body }, eventText(event, input.out) + bodyText);
    return EXIT.clean;
  });
}

const COLUMN = 28;

function eventText(event: ShownEvent, out: Output): string {
  const { row, plan, changes, waitsFor, isBodyAsVerified } = event;
  const facts = Object.entries(row).map(([field, value]) => fact(field, value));
  const lines = [
    out.style("bold", `${row["type"]} ${row["stripeEventId"]}`),
    `  ${"status".padEnd(COLUMN)} ${out.state(row.status)}`,
    ...facts.filter((line) => line !== ""),
    fact("body", bodyState(isBodyAsVerified)),
    fact("plan", plan === null ? "none" : `${plan.planId} of ${plan.ownerId}, ${plan.planType}`),
    ...(waitsFor.length === 0 ? [] : [fact("waits for a link of", waitsFor.join(", "))]),
    "",
    out.style("bold", "What it changed"),
    ...changes.map(({ from, to, reason }) => `  ${from} → ${to}  ${reason}`),
    ...(changes.length === 0 ? ["  no plan"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** What is told elsewhere, or only matters to the database. */
const LEFT_OUT = new Set(["status", "stripeEventId", "type", "planId", "_creationTime"]);

function fact(field: string, value: unknown): string {
  if (LEFT_OUT.has(field) || value === null || value === "") {
    return "";
  }
  const isTime = field.endsWith("AtMs") || field.endsWith("Seconds");
  const ms = Number(value) * (field.endsWith("Seconds") ? 1_000 : 1);
  return `  ${field.padEnd(COLUMN)} ${isTime ? new Date(ms).toISOString() : value}`;
}

function bodyState(isAsVerified: boolean | null): string {
  return isAsVerified === null
    ? "no longer kept"
    : isAsVerified
      ? "as it was verified"
      : "not as it was verified: run tollgate audit";
}
