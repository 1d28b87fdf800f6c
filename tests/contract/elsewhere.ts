/** Promises that no body of the contract proves, and why each is proven at one place only. */
export type Elsewhere = {
  readonly reason: string;
} & (
  | { readonly promises: readonly string[] }
  /** Every promise with this letter that the contract does not prove. */
  | { readonly letter: string }
);

export const ELSEWHERE: readonly Elsewhere[] = [
  {
    promises: ["V5", "E1", "E2", "E4", "E5", "E21", "E22"],
    reason:
      "needs functions of the test, and what is deployed are Tollgate's own; the engine is the same at each place",
  },
  {
    promises: ["R2"],
    reason: "a rate is seen on a clock that stands still while reads are under way",
  },
  {
    promises: ["R4"],
    reason: "needs a gateway without an API key; those here have one",
  },
  {
    promises: ["C2"],
    reason: "each host refuses by itself: Node's start, W3 at the edge, Y3 on Convex",
  },
  { promises: ["C3"], reason: "is about the output of a process" },
  { promises: ["P13"], reason: "is about cost, which is measured on Node" },
  {
    promises: ["X4"],
    reason: "changes bytes in the database file, which no other place lets anybody reach",
  },
  {
    promises: ["E13"],
    reason: "is about other folders of functions, which only the Node host takes",
  },
  {
    promises: ["E18", "E19"],
    reason: "compares the engine in the test's own process with `convex-test` and with a model",
  },
  {
    promises: ["E24", "E25"],
    reason:
      "is about Node's process and its sockets; at the edge and on Convex the platform has both in hand",
  },
  {
    promises: ["K1", "K2", "K5", "K6", "K7"],
    reason: "needs a Stripe that sells, with its pages: the sandbox beside a gateway on Node",
  },
  {
    letter: "S",
    reason: "is about the sandbox, which is a program for Node",
  },
  {
    letter: "M",
    reason: "is about `npm start` on one machine",
  },
  {
    letter: "W",
    reason: "is about the Worker itself, and proven in workerd by `tests/edge`",
  },
  {
    letter: "Y",
    reason: "is about what is pushed to Convex and about moves between places",
  },
  {
    promises: ["Q6", "Q7", "Q8"],
    reason:
      "is about what the Node host counts, traces and logs; at the edge and on Convex the platform does",
  },
  {
    promises: ["Q12", "Q13", "Q14", "Q15"],
    reason: "is about the command line, which asks each place through the same API",
  },
  {
    letter: "U",
    reason:
      "is about a process, its file and its sockets; what fails at each place is in U2's cases here and R1's",
  },
  {
    letter: "B",
    reason: "is about the page in a browser; what it asks is the same API at each place",
  },
];
