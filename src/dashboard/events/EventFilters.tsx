import { type FormEvent, useRef } from "react";
import { hrefOf, type Route, replace } from "../route.ts";
import { SEARCH_FIELD } from "../ui/keyboard.ts";
import { useTyping } from "../ui/useTyping.ts";
import { STATUSES } from "./filterOf.ts";
import { ReplayDialog } from "./ReplayDialog.tsx";

/** Types that come most; any other can be typed. */
const COMMON_TYPES = [
  ...["checkout.session.completed", "checkout.session.expired", "charge.refunded"],
  ...["customer.subscription.created", "customer.subscription.updated"],
  ...["customer.subscription.deleted", "invoice.paid", "invoice.payment_failed"],
  ...["charge.dispute.created", "charge.dispute.closed", "customer.deleted"],
];

/** What the list is narrowed to. It stands in the address, so it can be sent to somebody. */
export function EventFilters({ route: { id, params } }: { route: Route }) {
  const form = useRef<HTMLFormElement>(null);
  const afterTyping = useTyping(id);
  function apply(): void {
    if (form.current !== null) {
      const wanted = Object.fromEntries(
        [...new FormData(form.current)].map(([name, value]) => [name, String(value).trim()]),
      );
      replace(hrefOf("events", null, wanted));
    }
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    apply();
  }
  return (
    <search>
      <form ref={form} className="filters" onSubmit={submit} onChange={() => afterTyping(apply)}>
        <label className="grow">
          Id
          <input
            name="of"
            type="search"
            defaultValue={params["of"]}
            placeholder="event, customer, subscription, plan, owner"
            autoComplete="off"
            spellCheck={false}
            {...SEARCH_FIELD}
          />
        </label>
        <label>
          Type
          <input name="type" defaultValue={params["type"]} list="event-types" placeholder="any" />
          <datalist id="event-types">
            {COMMON_TYPES.map((type) => (
              <option key={type} value={type} />
            ))}
          </datalist>
        </label>
        <label>
          State
          <select name="status" defaultValue={params["status"] ?? ""} key={params["status"]}>
            <option value="">any</option>
            {STATUSES.map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
        </label>
        <label>
          From (UTC)
          <input name="from" type="datetime-local" defaultValue={params["from"]} />
        </label>
        <label>
          Before (UTC)
          <input name="to" type="datetime-local" defaultValue={params["to"]} />
        </label>
        <ReplayDialog params={params} />
      </form>
    </search>
  );
}
