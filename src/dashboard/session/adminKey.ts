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

let signedOutBecause = "";

/** Why nobody is signed in any more, if that was not their wish. */
export function reasonOfSignOut(): string {
  return signedOutBecause;
}

/**
 * @param key null signs out
 * @param because why, if it was not somebody's wish
 */
export function setAdminKey(key: string | null, because = ""): void {
  signedOutBecause = because;
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
  const status = await statusOfKey(key);
  switch (status) {
    case 200:
      return null;
    case 401:
    case 403:
      return "This is not the admin key of this gateway.";
    case null:
      return "The gateway does not answer.";
    default:
      return `The gateway answered ${status}. Try again in a moment.`;
  }
}

/** Signs out when the gateway takes the key no more. That it is away says nothing about the key. */
export async function leaveWithoutKey(): Promise<void> {
  const key = currentAdminKey();
  const status = key === null ? null : await statusOfKey(key);
  if ((status === 401 || status === 403) && key === currentAdminKey()) {
    setAdminKey(null, "The gateway takes this key no more.");
  }
}

/** What the gateway answers to a key; null when it does not. */
async function statusOfKey(key: string): Promise<number | null> {
  const headers = { authorization: `Convex ${key}` };
  const response = await fetch("/api/check_admin_key", { headers }).catch(() => null);
  return response?.status ?? null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
