import { Tabs } from "@base-ui/react/tabs";
import { useQuery } from "convex/react";
import { useState } from "react";
import { type FunctionSpec, system } from "../api.ts";
import { hrefOf, type Route } from "../route.ts";
import { Badge } from "../ui/Badge.tsx";
import { SEARCH_FIELD } from "../ui/keyboard.ts";
import { Loading } from "../ui/Notice.tsx";
import { Split } from "../ui/Split.tsx";
import { VirtualList } from "../ui/VirtualList.tsx";
import { Crons } from "./Crons.tsx";
import { FunctionRunner } from "./FunctionRunner.tsx";
import { RecentRuns } from "./RecentRuns.tsx";
import { ScheduledFunctions } from "./ScheduledFunctions.tsx";

/** Every function, run by hand; what is scheduled; crons; what ran. */
export function FunctionsView({ route }: { route: Route }) {
  const specs = useQuery(system.functions);
  const functions = specs?.filter((spec) => "identifier" in spec).map(named);
  const open = functions?.find(({ name }) => name === route.id);
  return (
    <Split
      openId={route.id}
      list={
        <>
          <h1>Functions</h1>
          <Tabs.Root defaultValue="functions" className="fill">
            <Tabs.List className="tabs">
              <Tabs.Tab value="functions">Functions</Tabs.Tab>
              <Tabs.Tab value="runs">Runs</Tabs.Tab>
              <Tabs.Tab value="scheduled">Scheduled</Tabs.Tab>
              <Tabs.Tab value="crons">Crons</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="functions" className="fill">
              {functions === undefined ? (
                <Loading what="functions" />
              ) : (
                <FunctionList functions={functions} openName={route.id} />
              )}
            </Tabs.Panel>
            <Tabs.Panel value="runs" className="fill">
              <RecentRuns />
            </Tabs.Panel>
            <Tabs.Panel value="scheduled" className="fill">
              <ScheduledFunctions />
            </Tabs.Panel>
            <Tabs.Panel value="crons" className="fill">
              <Crons />
            </Tabs.Panel>
          </Tabs.Root>
        </>
      }
      detail={open && <FunctionRunner key={open.name} spec={open} />}
    />
  );
}

/** A function with its name as it is called: "plans:open". */
export type NamedFunction = FunctionSpec & { name: string };

function named(spec: FunctionSpec): NamedFunction {
  return { ...spec, name: spec.identifier.replace(/\.js:/, ":").replace(/:default$/, "") };
}

function FunctionList({
  functions,
  openName,
}: {
  functions: readonly NamedFunction[];
  openName: string | null;
}) {
  const [text, setText] = useState("");
  const found = functions.filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <search>
        <form className="filters" onSubmit={(event) => event.preventDefault()}>
          <label className="grow">
            Name
            <input
              type="search"
              value={text}
              onChange={({ target }) => setText(target.value)}
              autoComplete="off"
              {...SEARCH_FIELD}
            />
          </label>
        </form>
      </search>
      <p className="quiet" role="status">
        {found.length} of {functions.length}
      </p>
      <VirtualList
        label="Functions"
        items={found}
        keyOf={({ name }) => name}
        hrefOf={({ name }) => hrefOf("functions", name)}
        rowHeight={40}
        openKey={openName}
      >
        {({ name, functionType, visibility }) => (
          <>
            <Badge
              of={functionType.toLowerCase()}
              tone={functionType === "Query" ? "plain" : "accent"}
            />
            <span className="clip strong">{name}</span>
            <span className="quiet end">{visibility.kind}</span>
          </>
        )}
      </VirtualList>
    </>
  );
}
