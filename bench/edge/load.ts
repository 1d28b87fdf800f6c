/** Requests on their way together, as Stripe sends them to a busy endpoint. */
const CONCURRENT = 32;

export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends the requests, {@link CONCURRENT} at a time. @throws Error for an answer of another status */
export async function load(
  requests: readonly (() => Promise<Response>)[],
  status: number,
): Promise<Load> {
  const timesMs: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const startMs = performance.now();
      const response = await request();
      await response.arrayBuffer();
      timesMs.push(performance.now() - startMs);
      if (response.status !== status) {
        throw new Error(`answered with ${response.status} instead of ${status}`);
      }
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: CONCURRENT }, worker));
  const seconds = (performance.now() - startMs) / 1_000;
  const sorted = timesMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { perSecond: requests.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}
