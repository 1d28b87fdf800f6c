import { type FunctionComponent, useEffect, useRef, useState } from "react";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { TablesView } from "./data/TablesView.tsx";
import { EventsView } from "./events/EventsView.tsx";
import { FunctionsView } from "./functions/FunctionsView.tsx";
import { HelpDialog } from "./HelpDialog.tsx";
import { HealthView } from "./health/HealthView.tsx";
import { OverviewView } from "./overview/OverviewView.tsx";
import { PlansView } from "./plans/PlansView.tsx";
import { go, hrefOf, type Route, useRoute, VIEWS, type View } from "./route.ts";
import { setAdminKey } from "./session/adminKey.ts";
import { ErrorBoundary } from "./ui/ErrorBoundary.tsx";
import { focusSearch, useKeys } from "./ui/keyboard.ts";
import { ThemeChoice } from "./ui/ThemeChoice.tsx";

const COMPONENTS: Record<View, FunctionComponent<{ route: Route }>> = {
  overview: OverviewView,
  events: EventsView,
  plans: PlansView,
  functions: FunctionsView,
  data: TablesView,
  health: HealthView,
};

export const TITLES: Record<View, string> = {
  overview: "Overview",
  events: "Events",
  plans: "Plans",
  functions: "Functions",
  data: "Data",
  health: "Health",
};

/** How long after `g` its second key may come. */
const SECOND_KEY_MS = 1_500;

/** What is around every view: where to go, the banner, and the keys that work everywhere. */
export function Shell() {
  const route = useRoute();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const goUntilMs = useRef(0);
  useKeys((event) => {
    const wanted = VIEWS.find((view) => view[0] === event.key);
    if (wanted !== undefined && performance.now() < goUntilMs.current) {
      go(hrefOf(wanted));
    } else if (event.key === "/") {
      event.preventDefault();
      focusSearch();
    } else if (event.key === "?") {
      setHelpOpen(true);
    } else if (event.key === "Escape" && route.id !== null) {
      go(hrefOf(route.view, null, route.params));
    }
    goUntilMs.current = event.key === "g" ? performance.now() + SECOND_KEY_MS : 0;
  });
  useEffect(() => {
    document.title = `${route.id ?? TITLES[route.view]} · Tollgate`;
  }, [route]);
  const View = COMPONENTS[route.view];
  return (
    <div className="shell">
      <button
        type="button"
        className="skip"
        onClick={() => document.getElementById("main")?.focus()}
      >
        Skip to the content
      </button>
      <header className="top">
        <span className="brand">Tollgate</span>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a
              key={view}
              href={hrefOf(view)}
              aria-current={view === route.view ? "page" : undefined}
            >
              {TITLES[view]}
            </a>
          ))}
        </nav>
        <div className="row tools">
          <ThemeChoice />
          <HelpDialog isOpen={isHelpOpen} onOpenChange={setHelpOpen} />
          <button type="button" onClick={() => setAdminKey(null)}>
            Sign out
          </button>
        </div>
      </header>
      <ConnectionBanner />
      <main id="main" tabIndex={-1} className={`view ${route.view}`}>
        <ErrorBoundary key={route.view}>
          <View route={route} />
        </ErrorBoundary>
      </main>
    </div>
  );
}
