import { Toast } from "@base-ui/react/toast";
import { ConvexProvider } from "convex/react";
import { useEffect, useMemo } from "react";
import { Shell } from "./Shell.tsx";
import { useAdminKey } from "./session/adminKey.ts";
import { createClient } from "./session/createClient.ts";
import { SignIn } from "./session/SignIn.tsx";
import { Toasts } from "./ui/Toasts.tsx";

/** The whole page. Without the admin key there is a form, and nothing is asked. */
export function App() {
  const adminKey = useAdminKey();
  return adminKey === null ? <SignIn /> : <SignedIn key={adminKey} adminKey={adminKey} />;
}

function SignedIn({ adminKey }: { adminKey: string }) {
  const client = useMemo(() => createClient(adminKey), [adminKey]);
  useEffect(() => {
    // Only when the page is left for good: in development effects run twice.
    const close = (): void => void client.close();
    addEventListener("pagehide", close);
    return () => removeEventListener("pagehide", close);
  }, [client]);
  return (
    <ConvexProvider client={client}>
      <Toast.Provider>
        <Shell />
        <Toasts />
      </Toast.Provider>
    </ConvexProvider>
  );
}
