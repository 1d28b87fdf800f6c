/** Orders texts by their code units: the same on every machine, unlike an order by language. */
export function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
