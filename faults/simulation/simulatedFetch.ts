/** Taken, and the other put in place, before functions see a `fetch` of theirs: they get this one. */
const platformFetch = globalThis.fetch;

type Network = (request: Request) => Promise<Response>;

let network: Network | null = null;

globalThis.fetch = async (input, init) =>
  network === null ? platformFetch(input, init) : network(new Request(input, init));

/** From now on everything that this process asks for goes through `simulated`; null: the real network. */
export function setNetwork(simulated: Network | null): void {
  network = simulated;
}
