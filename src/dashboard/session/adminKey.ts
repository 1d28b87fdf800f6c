import { useSyncExternalStore } from "react";

/** For this tab, and gone with it. */
const STORAGE_KEY = "tollgate admin key";

const listeners = new Set<() => void>();

/** The admin key that was typed, or null: nobody is signed in. */
export function useAdminKey(): string | null {
  return useSyncExternalStore(subscribe, currentAdminKey);
}

export function currentAdminKey(): string | null {
  return sessionStorage.getItem(STORAGE_KEY);
}

/** @param key null signs out */
export function setAdminKey(key: string | null): void {
  if (key === null) {
    sessionStorage.removeItem(STORAGE_KEY);
  } else {
    sessionStorage.setItem(STORAGE_KEY, key);
  }
  for (const listener of listeners) {
    listener();
  }
}

/** Asks the gateway. @returns why the key does not do, or null */
export async function refusalOfKey(key: string): Promise<string | null> {
  try {
    const { ok, status } = await fetch("/api/check_admin_key", {
      headers: { authorization: `Convex ${key}` },
    });
    if (ok) {
      return null;
    }
    return status === 401 || status === 403
      ? "This is not the admin key of this gateway."
      : `The gateway answered ${status}. Try again in a moment.`;
  } catch {
    return "The gateway does not answer.";
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
