import { type FormEvent, useState } from "react";
import { reasonOfSignOut, refusalOfKey, setAdminKey } from "./adminKey.ts";

/** All there is without the admin key. */
export function SignIn() {
  const [refusal, setRefusal] = useState(reasonOfSignOut);
  const [isBusy, setBusy] = useState(false);
  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get("key") ?? "").trim();
    setBusy(true);
    const found = await refusalOfKey(key);
    setBusy(false);
    setRefusal(found ?? "");
    if (found === null) {
      setAdminKey(key);
    }
  }
  return (
    <main className="sign-in">
      <h1>Tollgate</h1>
      <form onSubmit={submit}>
        <label htmlFor="key">Admin key</label>
        <input
          id="key"
          name="key"
          type="password"
          autoComplete="current-password"
          required
          aria-describedby="key-help refusal"
        />
        <p id="key-help" className="quiet">
          It stays in this tab. The gateway's start says where the key is kept.
        </p>
        <button type="submit" className="primary" disabled={isBusy}>
          Sign in
        </button>
        <p id="refusal" role="alert" className="refusal">
          {refusal}
        </p>
      </form>
    </main>
  );
}
