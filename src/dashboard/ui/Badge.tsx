export type Tone = "good" | "warn" | "bad" | "plain" | "accent";

const TONES: Record<string, Tone> = {
  ...{
    applied: "good",
    recorded: "plain",
    received: "warn",
    unlinked: "warn",
    quarantined: "warn",
  },
  ...{ failed: "bad", dead: "bad", free: "plain", professional: "accent", enterprise: "accent" },
  ...{ success: "good", pending: "warn", inProgress: "warn", canceled: "plain" },
  ...{ running: "warn", done: "good", ok: "good", warn: "warn", fail: "bad" },
};

/** One of a few words, which says what it says without its colour too. */
export function Badge({ of, tone }: { of: string; tone?: Tone }) {
  return <span className={`badge ${tone ?? TONES[of] ?? "plain"}`}>{of}</span>;
}
