import { Dialog } from "@base-ui/react/dialog";

const KEYS: [string, string][] = [
  ["/", "search"],
  ["j, k or ↓, ↑", "next and previous row"],
  ["Enter", "open"],
  ["Esc", "close, or leave a field"],
  ["g then o, e, p, f, d, h", "Overview, Events, Plans, Functions, Data, Health"],
  ["?", "this help"],
];

export function HelpDialog({
  isOpen,
  onOpenChange,
}: {
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
}) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Trigger className="button" aria-label="Help">
        ?
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>Keys, and where to begin</Dialog.Title>
          <Dialog.Description>
            A customer paid and has no plan? Search Plans for the owner or for any of Stripe's ids,
            and read why the plan is what it is. Without an event, reconcile; with one that failed,
            replay it.
          </Dialog.Description>
          <dl className="facts keys">
            {KEYS.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close className="button">Close</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
