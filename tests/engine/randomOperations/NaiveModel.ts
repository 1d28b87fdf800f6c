import { compareValues, convexToJson, jsonToConvex, type Value } from "convex/values";
import { fieldValue, jobText, type Report } from "./functions.ts";
import {
  type Change,
  type Fields,
  INDEX_FIELDS,
  type Seen,
  type Selection,
  type Step,
} from "./operations.ts";

type Document = Record<string, Value | undefined> & { _id: string; _creationTime: number };

/** Where a page ended: the key of the last document looked at, or the end. */
export type Position = (Value | undefined)[] | "end" | null;

interface Job {
  dueMs: number;
  isFailing: boolean;
  state: "pending" | "canceled" | "success" | "failed";
}

interface State {
  documents: Map<string, { table: string; document: Document }>;
  /** By number; one that was undone leaves its number unused. */
  jobs: Map<number, Job>;
  /** The newest document's that was not undone. */
  lastCreationTime: number;
}

/**
 * What a deployment should do, as plainly as can be said: documents in a map, copied before what may
 * fail, sorted anew for every read. Ids and creation times are the engine's to choose: they are taken
 * from what the engine reported.
 */
export class NaiveModel {
  #state: State = { documents: new Map(), jobs: new Map(), lastCreationTime: 0 };
  #nowMs: number;
  /** How many were ever scheduled, undone ones included. */
  #jobCount = 0;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** @returns what the steps should have shown; `reported` gives the ids */
  mutate(steps: readonly Step[], fails: boolean, reported: Report, idsBefore: string[]): Seen[] {
    const before = this.#copy();
    const ids = [...idsBefore];
    const seen = this.#run(steps, reported.seen, reported.ids, ids);
    if (fails) {
      this.#state = before;
    }
    return seen;
  }

  /** When the newest document was created that was not undone. */
  get lastCreationTime(): number {
    return this.#state.lastCreationTime;
  }

  /**
   * Lets time pass, in which every job that is due runs.
   *
   * @param created what was inserted meanwhile
   * @returns what the jobs should have inserted: those that succeeded, whichever came first
   */
  advance(ms: number, created: readonly string[]): string[] {
    this.#nowMs += ms;
    const inserted: string[] = [];
    for (const [number, job] of this.#state.jobs) {
      if (job.state === "pending" && job.dueMs <= this.#nowMs) {
        job.state = job.isFailing ? "failed" : "success";
        if (!job.isFailing) {
          inserted.push(jobText(number));
        }
      }
    }
    for (const text of created) {
      const document = jsonToConvex(JSON.parse(text)) as Document;
      this.#state.lastCreationTime = document._creationTime;
      this.#state.documents.set(document._id, { table: "listed", document });
    }
    return inserted;
  }

  jobStates(): [number, Job["state"]][] {
    return [...this.#state.jobs].map(([number, { state }]) => [number, state]);
  }

  read(selection: Selection, take: number | null): string[] {
    const found = this.#sorted(selection).filter((document) => passes(document, selection));
    return found.slice(0, take ?? found.length).map(({ _id }) => _id);
  }

  page(
    selection: Selection,
    numItems: number,
    from: Position,
  ): { page: string[]; isDone: boolean; position: Position } {
    if (from === "end") {
      return { page: [], isDone: true, position: "end" };
    }
    const page: string[] = [];
    let position: Position = from;
    for (const document of this.#sorted(selection)) {
      const key = keyOf(document, selection);
      const sign = selection.order === "asc" ? 1 : -1;
      if (from !== null && compareKeys(key, from) * sign <= 0) {
        continue;
      }
      if (page.length === numItems) {
        return { page, isDone: false, position };
      }
      position = key;
      if (passes(document, selection)) {
        page.push(document._id);
      }
    }
    return page.length === numItems
      ? { page, isDone: false, position }
      : { page, isDone: true, position: "end" };
  }

  #run(
    steps: readonly Step[],
    reported: readonly Seen[],
    reportedIds: readonly string[],
    ids: string[],
  ): Seen[] {
    return steps.map((step, i) => this.#step(step, reported[i] as Seen, reportedIds, ids));
  }

  #step(step: Step, reported: Seen, reportedIds: readonly string[], ids: string[]): Seen {
    switch (step.do) {
      case "insert": {
        const _id = reportedIds[ids.length] as string;
        const _creationTime = (JSON.parse(reported as string) as Document)._creationTime;
        if (!(_creationTime > this.#state.lastCreationTime)) {
          return `creation time ${_creationTime} after ${this.#state.lastCreationTime}`;
        }
        this.#state.lastCreationTime = _creationTime;
        ids.push(_id);
        const document = { ...changes(step.fields), _id, _creationTime };
        this.#state.documents.set(_id, { table: step.table, document });
        return json(document);
      }
      case "read":
        return this.read(step.selection, step.take);
      case "schedule": {
        const { inMs, isFailing } = step;
        const dueMs = this.#nowMs + inMs;
        this.#state.jobs.set(this.#jobCount++, { dueMs, isFailing, state: "pending" });
        return "pending";
      }
      case "cancel":
        return this.#cancel(step.target);
      case "nested": {
        const before = this.#copy();
        const seen = this.#run(step.steps, reported as Seen[], reportedIds, ids);
        if (step.fails) {
          this.#state = before;
        }
        return seen;
      }
      default:
        return this.#change(step, ids);
    }
  }

  #cancel(target: number): Seen {
    if (this.#jobCount === 0) {
      return "no jobs yet";
    }
    const job = this.#state.jobs.get(target % this.#jobCount);
    if (job === undefined) {
      return "no such job";
    }
    job.state = job.state === "pending" ? "canceled" : job.state;
    return job.state;
  }

  #change(step: Change, ids: readonly string[]): Seen {
    const id = ids[step.target % Math.max(1, ids.length)];
    if (id === undefined) {
      return "no ids yet";
    }
    const found = this.#state.documents.get(id);
    if (found === undefined) {
      return step.do === "get" ? "null" : "nonexistent";
    }
    const { _id, _creationTime } = found.document;
    if (step.do === "delete") {
      this.#state.documents.delete(id);
      return "null";
    }
    if (step.do === "patch") {
      found.document = { ...found.document, ...changes(step.fields) };
    } else if (step.do === "replace") {
      found.document = { ...changes(step.fields), _id, _creationTime };
    }
    return json(found.document);
  }

  #sorted(selection: Selection): Document[] {
    const found = [...this.#state.documents.values()]
      .filter(({ table, document }) => table === selection.table && inRange(document, selection))
      .map(({ document }) => document)
      .sort((a, b) => compareKeys(keyOf(a, selection), keyOf(b, selection)));
    return selection.order === "asc" ? found : found.reverse();
  }

  #copy(): State {
    const entries = [...this.#state.documents].map(([id, { table, document }]) => {
      return [id, { table, document }] as const;
    });
    const jobs = new Map([...this.#state.jobs].map(([number, job]) => [number, { ...job }]));
    return { documents: new Map(entries), jobs, lastCreationTime: this.#state.lastCreationTime };
  }
}

function changes(fields: Fields): Record<string, Value | undefined> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, fieldValue(text)]));
}

function inRange(document: Document, { index, equal, lower, upper }: Selection): boolean {
  const values = INDEX_FIELDS[index].map((path) => at(document, path));
  const bounded = values[equal.length];
  const above = lower === null ? 1 : compareValues(bounded, fieldValue(lower.value));
  const below = upper === null ? -1 : compareValues(bounded, fieldValue(upper.value));
  return (
    equal.every((text, i) => compareValues(values[i], fieldValue(text)) === 0) &&
    (above > 0 || (above === 0 && lower?.inclusive === true)) &&
    (below < 0 || (below === 0 && upper?.inclusive === true))
  );
}

function passes(document: Document, { filter }: Selection): boolean {
  if (filter === null) {
    return true;
  }
  const order = compareValues(at(document, filter.field), fieldValue(filter.value));
  const verdicts = { eq: order === 0, neq: order !== 0, lt: order < 0, gte: order >= 0 };
  return verdicts[filter.operator];
}

function keyOf(document: Document, { index }: Selection): (Value | undefined)[] {
  const values = INDEX_FIELDS[index].map((path) => at(document, path));
  return [...values, document._creationTime, document._id];
}

function compareKeys(a: readonly (Value | undefined)[], b: readonly (Value | undefined)[]): number {
  for (const [i, value] of a.entries()) {
    const order = compareValues(value, b[i]);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

function at(document: Document, path: string): Value | undefined {
  const [field = "", inner] = path.split(".");
  const value = document[field];
  if (inner === undefined) {
    return value;
  }
  const isObject =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ArrayBuffer);
  return isObject ? (value as Record<string, Value>)[inner] : undefined;
}

/** As the functions show a document. */
function json(document: Document): Seen {
  return JSON.stringify(convexToJson(document as Value));
}
