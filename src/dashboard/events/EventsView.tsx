import type { Route } from "../route.ts";
import { Split } from "../ui/Split.tsx";
import { EventDetail } from "./EventDetail.tsx";
import { EventList } from "./EventList.tsx";
import { ReplayProgress } from "./ReplayProgress.tsx";

/** The ledger, and one event of it. */
export function EventsView({ route }: { route: Route }) {
  return (
    <Split
      openId={route.id}
      list={
        <>
          <h1>Events</h1>
          <ReplayProgress />
          <EventList route={route} />
        </>
      }
      detail={route.id && <EventDetail key={route.id} eventId={route.id} params={route.params} />}
    />
  );
}
