import { usePaginatedQuery, useQuery } from "convex/react";
import { useCallback } from "react";
import { type AnyDocument, system } from "../api.ts";
import { hrefOf, type Route } from "../route.ts";
import { DetailHead } from "../ui/DetailHead.tsx";
import { Json } from "../ui/Json.tsx";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Split } from "../ui/Split.tsx";
import { Time } from "../ui/Time.tsx";
import { useIsNarrow } from "../ui/useIsNarrow.ts";
import { VirtualList } from "../ui/VirtualList.tsx";

const PAGE = 50;

/** Tables of the engine's own that an operator may look into. */
const SYSTEM_TABLES = ["_scheduled_functions", "_cron_jobs", "_cron_job_logs"];

const FIRST_PAGE = { paginationOpts: { numItems: 1_000, cursor: null } };

/** Tables, their documents and indexes. Nothing is written here: what may change has a function for it. */
export function TablesView({ route }: { route: Route }) {
  const tables = useQuery(system.tables, FIRST_PAGE);
  if (tables === undefined) {
    return <Loading what="tables" />;
  }
  const names = [...tables.page.map(({ name }) => name).sort(), ...SYSTEM_TABLES];
  const table = route.params["table"] ?? "plans";
  return (
    <Split
      openId={route.id}
      list={
        <>
          <h1>Data</h1>
          <div className="filters">
            <label className="grow">
              Table
              <select
                data-search=""
                value={table}
                onChange={({ target }) => {
                  location.hash = hrefOf("data", null, { table: target.value });
                }}
              >
                {names.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          </div>
          <Indexes table={table} />
          <Documents key={table} table={table} openId={route.id} />
        </>
      }
      detail={route.id && <Document key={route.id} table={table} id={route.id} />}
    />
  );
}

function Indexes({ table }: { table: string }) {
  const indexes = useQuery(system.indexes, { tableName: table });
  return (
    <details className="indexes">
      <summary>
        {indexes?.length ?? "…"} indexes. Read-only: only verified events change plans.
      </summary>
      <ul>
        {indexes?.map(({ name, fields }) => (
          <li key={name}>
            <code>{name}</code> <span className="quiet">{fields.join(", ")}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function useDocuments(table: string) {
  return usePaginatedQuery(system.tableData, { table, order: "desc" }, { initialNumItems: PAGE });
}

function Documents({ table, openId }: { table: string; openId: string | null }) {
  const isNarrow = useIsNarrow();
  const { results, status, loadMore } = useDocuments(table);
  const onEnd = useCallback(() => {
    if (status === "CanLoadMore") {
      loadMore(PAGE);
    }
  }, [status, loadMore]);
  if (status === "LoadingFirstPage") {
    return <Loading what="documents" />;
  }
  if (results.length === 0) {
    return <Notice title="No document yet" />;
  }
  return (
    <VirtualList
      label={`Documents of ${table}`}
      items={results}
      keyOf={({ _id }) => _id}
      hrefOf={({ _id }) => hrefOf("data", _id, { table })}
      rowHeight={isNarrow ? 64 : 40}
      openKey={openId}
      onEnd={onEnd}
      hasMore={status !== "Exhausted"}
    >
      {(document) => (
        <>
          <code className="clip strong">{document._id}</code>
          <code className="clip quiet wide">{shortText(document)}</code>
          <span className="quiet end">
            <Time ms={document._creationTime} />
          </span>
        </>
      )}
    </VirtualList>
  );
}

const SHORT_CHARACTERS = 160;

function shortText({ _id, _creationTime, ...fields }: AnyDocument): string {
  return JSON.stringify(fields, plain).slice(0, SHORT_CHARACTERS);
}

/** What JSON has no word for. */
function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" || value instanceof ArrayBuffer ? String(value) : value;
}

/** A document of those that are listed: the list is live, so it is too. */
function Document({ table, id }: { table: string; id: string }) {
  const { results } = useDocuments(table);
  const document = results.find(({ _id }) => _id === id);
  return (
    <article>
      <DetailHead title={id} closeHref={hrefOf("data", null, { table })} />
      {document === undefined ? (
        <Notice title="Not in the part of the table that is shown">
          <p>It was removed, or lies further back.</p>
        </Notice>
      ) : (
        <Json value={JSON.stringify(document, plain, 2)} label="Document" />
      )}
    </article>
  );
}
