import { usePaginatedQuery } from "convex/react";
import type { FunctionReturnType } from "convex/server";
import { useCallback } from "react";
import { api } from "../api.ts";
import { hrefOf, type Route, replace } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { SEARCH_FIELD } from "../ui/keyboard.ts";
import { Loading, Notice } from "../ui/Notice.tsx";
import { Reconcile } from "../ui/Reconcile.tsx";
import { Split } from "../ui/Split.tsx";
import { useIsNarrow } from "../ui/useIsNarrow.ts";
import { useTyping } from "../ui/useTyping.ts";
import { VirtualList } from "../ui/VirtualList.tsx";
import { PlanDetail } from "./PlanDetail.tsx";

const PAGE = 50;

type Plan = FunctionReturnType<typeof api.dashboard.plans>["page"][number];

/** Whose plan is what, and why. */
export function PlansView({ route }: { route: Route }) {
  return (
    <Split
      openId={route.id}
      list={
        <>
          <h1>Plans</h1>
          <PlanSearch of={route.params["of"] ?? ""} openId={route.id} />
          <PlanList route={route} />
        </>
      }
      detail={route.id && <PlanDetail key={route.id} planId={route.id} params={route.params} />}
    />
  );
}

function PlanSearch({ of, openId }: { of: string; openId: string | null }) {
  const afterTyping = useTyping(openId);
  return (
    <search>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label className="grow">
          Owner, customer, subscription, event or plan
          <input
            type="search"
            defaultValue={of}
            autoComplete="off"
            spellCheck={false}
            placeholder="ann, cus_…, sub_…, evt_…"
            onChange={({ target: { value } }) =>
              afterTyping(() => replace(hrefOf("plans", null, { of: value.trim() })))
            }
            {...SEARCH_FIELD}
          />
        </label>
      </form>
    </search>
  );
}

function PlanList({ route }: { route: Route }) {
  const isNarrow = useIsNarrow();
  const of = route.params["of"] ?? "";
  const { results, status, loadMore } = usePaginatedQuery(
    api.dashboard.plans,
    { of },
    { initialNumItems: PAGE },
  );
  const onEnd = useCallback(() => {
    if (status === "CanLoadMore") {
      loadMore(PAGE);
    }
  }, [status, loadMore]);
  if (status === "LoadingFirstPage") {
    return <Loading what="plans" />;
  }
  if (results.length === 0) {
    return of === "" ? (
      <Notice title="No plan yet">
        <p>A plan is opened with plans:open, or when its owner first checks out.</p>
      </Notice>
    ) : (
      <Notice title={`No plan has to do with ${of}`}>
        <p>No verified event in the ledger names it. If Stripe made one, it was not delivered.</p>
        <Reconcile />
      </Notice>
    );
  }
  return (
    <VirtualList
      label="Plans"
      items={results}
      keyOf={keyOf}
      hrefOf={({ _id }) => hrefOf("plans", _id, route.params)}
      rowHeight={isNarrow ? 64 : 40}
      openKey={route.id}
      onEnd={onEnd}
      hasMore={status !== "Exhausted"}
    >
      {(plan) => <PlanRow plan={plan} />}
    </VirtualList>
  );
}

function keyOf({ _id }: Plan): string {
  return _id;
}

function PlanRow({ plan: { ownerId, planType, seats, rule, alerts } }: { plan: Plan }) {
  return (
    <>
      <Badge of={planType} />
      <span className="clip strong">{ownerId}</span>
      <span className="quiet">
        {seats === null ? "" : `${seats} seat${seats === 1 ? "" : "s"}`}
      </span>
      <code className="clip quiet">{rule}</code>
      <span className="end">
        {alerts.length > 0 && <Badge of={`${alerts.length} to look at`} tone="warn" />}
      </span>
    </>
  );
}
