import type { Command } from "../Command.ts";

export const auditCommand: Command = {
  name: "audit",
  summary: "prove every plan from the ledger",
  description: `Proves every plan from the ledger, and names what it does not explain.

Each row of the ledger is held against its body (SHA-256, and the signature where its secret is known) and
its place in the chain. The events then take effect again from nothing, in memory, and every table must be
what they make, byte for byte. Nothing is written. A gateway that runs can be audited while it works.`,
  usage: [""],
  where: ["data directory", "gateway", "Convex"],
  options: {
    policy: {
      type: "string",
      value: "FILE",
      text: `besides, which plans this policy would decide otherwise, and why: a JSON file like
{"subscription_past_due":{"graceSeconds":0}}; what it does not name stays as it is.
Nothing is changed`,
    },
  },
  examples: [
    "audit",
    'audit --url http://127.0.0.1:8787 --admin-key "$(cat .tollgate/admin-key)"',
    "audit --json > audit.json",
    "audit --policy strict.json",
  ],
  // What follows from a ledger takes the functions themselves: read only where it is needed.
  does: async (input) => await (await import("./audit/runAudit.ts")).runAudit(input),
};
