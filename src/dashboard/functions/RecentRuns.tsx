import { useEffect, useState } from "react";
import { currentAdminKey } from "../session/adminKey.ts";
import { Badge } from "../ui/Badge.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Table } from "../ui/Table.tsx";
import { Time } from "../ui/Time.tsx";

const MAX_SHOWN = 200;
const AGAIN_AFTER_MS = 3_000;

interface Run {
  requestId: string;
  udfType: string;
  identifier: string;
  timestamp: number;
  executionTime: number;
  error: string | null;
  logLines: { messages: string[] }[];
}

/** What ran, newest first, from the log that `npx convex logs` follows. */
export function RecentRuns() {
  const [runs, setRuns] = useState<Run[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    void follow(stop.signal, (more) =>
      setRuns((before) => [...more.toReversed(), ...before].slice(0, MAX_SHOWN)),
    );
    return () => stop.abort();
  }, []);
  if (runs.length === 0) {
    return (
      <Notice title="Nothing has run yet">
        <p>Runs of functions appear here as they end. The last ones are kept in memory.</p>
      </Notice>
    );
  }
  return (
    <Table columns={["Function", "Took", "Ended"]}>
      {runs.map(({ requestId, udfType, identifier, timestamp, executionTime, error, logLines }) => (
        <tr key={`${requestId} ${identifier} ${timestamp}`}>
          <td>
            <Badge of={error === null ? "success" : "failed"} /> {udfType} <code>{identifier}</code>
            {error !== null && <p className="refusal">{error}</p>}
            {logLines.map(({ messages }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of a run that is over stay
              <p key={index}>
                <code>{messages.join(" ")}</code>
              </p>
            ))}
          </td>
          <td className="number">{(executionTime * 1_000).toFixed(1)} ms</td>
          <td>
            <Time ms={timestamp * 1_000} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

async function follow(signal: AbortSignal, onRuns: (runs: Run[]) => void): Promise<void> {
  let cursor = 0;
  while (!signal.aborted) {
    try {
      const response = await fetch(`/api/stream_function_logs?cursor=${cursor}`, {
        headers: { authorization: `Convex ${currentAdminKey()}` },
        signal,
      });
      const page = (await response.json()) as { entries: Run[]; newCursor: number };
      cursor = page.newCursor;
      onRuns(page.entries);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }
}
