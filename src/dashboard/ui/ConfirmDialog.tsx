import { Dialog } from "@base-ui/react/dialog";
import { type FormEvent, type ReactNode, useState } from "react";

/** Asks before something is done, and for what it needs. The reason goes into the record of operators. */
export function ConfirmDialog({
  trigger,
  title,
  description,
  confirm,
  onConfirm,
  children,
  isReasonRequired = false,
  isPrimary = false,
  isBusy = false,
}: {
  trigger: string;
  title: string;
  description: string;
  confirm: string;
  onConfirm(form: FormData, reason: string): void;
  children?: ReactNode;
  isReasonRequired?: boolean;
  /** It is what one came for. */
  isPrimary?: boolean;
  /** It cannot be asked for now. */
  isBusy?: boolean;
}) {
  const [isOpen, setOpen] = useState(false);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    // React hands events on to what the dialog was opened from, which may be a form itself.
    event.stopPropagation();
    const form = new FormData(event.currentTarget);
    setOpen(false);
    onConfirm(form, String(form.get("reason") ?? "").trim());
  }
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger className={isPrimary ? "button primary" : "button"} disabled={isBusy}>
        {trigger}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{title}</Dialog.Title>
          <Dialog.Description className="quiet">{description}</Dialog.Description>
          <form onSubmit={submit} onChange={(event) => event.stopPropagation()} className="stack">
            {children}
            <label>
              Reason{" "}
              <span className="quiet">
                {isReasonRequired ? "(for the record)" : "(for the record, may be empty)"}
              </span>
              <input
                name="reason"
                maxLength={500}
                autoComplete="off"
                required={isReasonRequired}
                pattern={isReasonRequired ? ".*\\S.*" : undefined}
              />
            </label>
            <div className="row end">
              <Dialog.Close className="button">Cancel</Dialog.Close>
              <button type="submit" className="primary">
                {confirm}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
