import { Toast } from "@base-ui/react/toast";

/** Notes on what was done. */
export function Toasts() {
  const { toasts } = Toast.useToastManager();
  return (
    <Toast.Portal>
      <Toast.Viewport className="toasts">
        {toasts.map((toast) => (
          <Toast.Root key={toast.id} toast={toast} className={`toast ${toast.type ?? ""}`}>
            <Toast.Title render={<p />} />
            <Toast.Close aria-label="Dismiss" className="toast-close">
              ×
            </Toast.Close>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}
