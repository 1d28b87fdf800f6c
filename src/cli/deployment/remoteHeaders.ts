/** A deployment that runs, by its address. */
export interface RemotePlace {
  url: string;
  adminKey: string;
  /** At the edge: `ACCOUNT:MODE` of the object that is asked; null: the endpoint's own. */
  place: string | null;
}

/** What every request to it says. */
export function remoteHeaders({ adminKey, place }: RemotePlace): Record<string, string> {
  return {
    authorization: `Convex ${adminKey}`,
    ...(place !== null && { "tollgate-place": place }),
  };
}
