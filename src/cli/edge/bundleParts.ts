/** What of esbuild's metafile is read. */
export interface Metafile {
  outputs: Record<
    string,
    { entryPoint?: string; inputs: Record<string, { bytesInOutput: number }> }
  >;
}

/** Bytes of the Worker's bundle by package, own code by room, the largest first. */
export function bundleParts({ outputs }: Metafile): [part: string, bytes: number][] {
  const parts = new Map<string, number>();
  for (const { entryPoint, inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of entryPoint === undefined
      ? []
      : Object.entries(inputs)) {
      const part = partOf(file);
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
  }
  return [...parts].toSorted(([, one], [, other]) => other - one);
}

function partOf(file: string): string {
  const [, packageName] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  const [, room] = /(src\/[^/]+)/.exec(file) ?? [];
  return packageName ?? room ?? "other";
}
