const UNITS = ["B", "KiB", "MiB", "GiB"];

/** A size as convex-backend shows it in its limits' texts: "16 MiB", "1.07 MiB". */
export function displayBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${Number.isInteger(amount) ? amount : amount.toFixed(2)} ${UNITS[unit]}`;
}
