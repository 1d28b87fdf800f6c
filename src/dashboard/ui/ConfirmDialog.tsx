import { Dialog } from "@base-ui/react/dialog";
import type { FormEvent, ReactNode } from "react";

/** Asks before something is done, and for what it needs. The reason goes into the record of operators. */
export function ConfirmDialog({
  trigger,
  title,
  description,
  confirm,
  onConfirm,
  children,
}: {
  trigger: string;
  title: string;
  description: string;
  confirm: string;
  onConfirm(form: FormData, reason: string): void;
  children?: ReactNode;
}) {
  return (
    <Dialog.Root>
      <Dialog.Trigger className="button">{trigger}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title>{title}</Dialog.Title>
          <Dialog.Description className="quiet">{description}</Dialog.Description>
          <ConfirmForm confirm={confirm} onConfirm={onConfirm}>
            {children}
          </ConfirmForm>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function ConfirmForm({
  confirm,
  onConfirm,
  children,
}: {
  confirm: string;
  onConfirm(form: FormData, reason: string): void;
  children: ReactNode;
}) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onConfirm(form, String(form.get("reason") ?? "").trim());
  }
  return (
    <form onSubmit={submit} className="stack">
      {children}
      <label>
        Reason <span className="quiet">(for the record, may be empty)</span>
        <input name="reason" maxLength={500} autoComplete="off" />
      </label>
      <div className="row end">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <Dialog.Close
          className="button primary"
          type="submit"
          nativeButton
          render={<button type="submit" />}
        >
          {confirm}
        </Dialog.Close>
      </div>
    </form>
  );
}
