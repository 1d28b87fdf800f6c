import { type FormEvent, useId, useRef, useState } from "react";
import { hrefOf } from "../route.ts";
import { type RunResult, runFunction } from "../session/runFunction.ts";
import { Badge } from "../ui/Badge.tsx";
import { DetailHead } from "../ui/DetailHead.tsx";
import { Json } from "../ui/Json.tsx";
import {
  ArgumentError,
  type ArgumentField,
  argumentFields,
  argumentsOf,
} from "./argumentFields.ts";
import type { NamedFunction } from "./FunctionsView.tsx";

const ISSUER = "https://dashboard.invalid";

/** Runs one function, or has it run later: arguments by its validators, as a user or not. */
export function FunctionRunner({ spec }: { spec: NamedFunction }) {
  const fields = argumentFields(spec.args);
  const form = useRef<HTMLFormElement>(null);
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [result, setResult] = useState<RunResult | null>(null);

  async function start(kind: "now" | "later"): Promise<void> {
    const texts = textsOf(form.current);
    setProblem("");
    try {
      const args = fields === null ? readObject(texts["run:args"]) : argumentsOf(fields, texts);
      setBusy(true);
      setResult(kind === "now" ? await runNow(args, texts) : await schedule(args, texts));
    } catch (error) {
      if (!(error instanceof ArgumentError)) {
        throw error;
      }
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }
  async function runNow(args: Record<string, unknown>, texts: Texts): Promise<RunResult> {
    const subject = texts["run:subject"] ?? "";
    const issuer = texts["run:issuer"] || ISSUER;
    const reason = texts["run:reason"] ?? "";
    return await runFunction(spec.name, args, {
      reason,
      ...(subject && { actingAs: { subject, issuer } }),
    });
  }
  async function schedule(args: Record<string, unknown>, texts: Texts): Promise<RunResult> {
    const atMs = Date.now() + Number(texts["run:in"] || 0) * 1_000;
    return await runFunction(
      "jobs:schedule",
      { path: spec.name, args, atMs },
      {
        reason: texts["run:reason"] ?? "",
      },
    );
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    void start("now");
  }
  return (
    <article>
      <DetailHead title={spec.name} closeHref={hrefOf("functions")}>
        <Badge of={`${spec.visibility.kind} ${spec.functionType.toLowerCase()}`} />
      </DetailHead>
      <form ref={form} className="stack" onSubmit={submit}>
        {fields === null ? (
          <label>
            Arguments <span className="quiet">JSON object</span>
            <textarea name="run:args" rows={4} defaultValue="{}" spellCheck={false} />
          </label>
        ) : (
          fields.map((field) => <Field key={field.name} field={field} />)
        )}
        {fields?.length === 0 && <p className="quiet">It takes no arguments.</p>}
        <details>
          <summary>As a user, and why</summary>
          <div className="stack">
            <label>
              Subject <span className="quiet">empty: as nobody</span>
              <input name="run:subject" autoComplete="off" />
            </label>
            <label>
              Issuer
              <input name="run:issuer" placeholder={ISSUER} autoComplete="off" />
            </label>
            <label>
              Reason <span className="quiet">for the record</span>
              <input name="run:reason" maxLength={500} autoComplete="off" />
            </label>
          </div>
        </details>
        <p role="alert" className="refusal">
          {problem}
        </p>
        <div className="row wrap">
          <button type="submit" className="primary" disabled={isBusy}>
            Run
          </button>
          {spec.functionType !== "Query" && (
            <>
              <button type="button" disabled={isBusy} onClick={() => void start("later")}>
                Schedule
              </button>
              <label className="row">
                in
                <input name="run:in" type="number" min={0} defaultValue={60} className="short" />
                seconds
              </label>
            </>
          )}
        </div>
      </form>
      <div role="status">{result !== null && <Result result={result} />}</div>
    </article>
  );
}

type Texts = Readonly<Record<string, string>>;

function textsOf(form: HTMLFormElement | null): Texts {
  return Object.fromEntries(
    [...new FormData(form ?? undefined)].map(([name, value]) => [name, String(value)]),
  );
}

/** @throws ArgumentError */
function readObject(text = ""): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new ArgumentError("The arguments are not JSON.");
  }
}

function Field({ field }: { field: ArgumentField }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>
        {field.name}{" "}
        <span className="quiet">
          {field.hint}
          {field.isOptional ? ", may be empty" : ""}
        </span>
      </label>
      <Control id={id} field={field} />
    </div>
  );
}

function Control({
  id,
  field: { name, isOptional, kind, choices },
}: {
  id: string;
  field: ArgumentField;
}) {
  const shared = { id, name, spellCheck: false, autoComplete: "off" };
  if (kind === "choice" || kind === "boolean") {
    return (
      <select id={id} name={name}>
        {isOptional && <option value="">left out</option>}
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  return kind === "json" ? (
    <textarea {...shared} rows={3} defaultValue={name === "paginationOpts" ? FIRST_PAGE : ""} />
  ) : (
    <input {...shared} inputMode={kind === "number" ? "decimal" : "text"} />
  );
}

const FIRST_PAGE = '{ "numItems": 20, "cursor": null }';

function Result({
  result: { isSuccess, value, error, logLines, durationMs },
}: {
  result: RunResult;
}) {
  return (
    <section className="stack" aria-label="Result">
      <p className="row">
        <Badge of={isSuccess ? "success" : "failed"} />
        <span className="quiet">{Math.round(durationMs)} ms</span>
      </p>
      {error !== null && <p className="refusal">{error}</p>}
      {value !== undefined && <Json value={value} label="Value" />}
      {logLines.length > 0 && <Json value={logLines.join("\n")} label="Log" />}
    </section>
  );
}
