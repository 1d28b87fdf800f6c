/** Cases in which the official stand-in differs from us. Where it does, it differs from Convex itself. */
export interface Difference {
  cases: RegExp;
  reason: string;
}

/**
 * Every difference, with its reason. What both sides show in each of these cases is kept beside the
 * suite in `__snapshots__`: ours cannot change unnoticed either.
 */
export const differences: readonly Difference[] = [
  {
    reason: "convex-test words the errors of documents and ids itself; ours are convex-backend's",
    cases:
      /^documents: (?!get of a text)(?:get|patch|replace|delete) (?:with another table's name|of (?:a deleted document|another id|the creation time))$/,
  },
  {
    reason: "on Convex a text that is no id fails a get; convex-test finds nothing",
    cases: /^documents: get of a text that is no id$/,
  },
  {
    reason: "convex-test words the errors of indexes and their ranges itself",
    cases:
      /^index: (?:that does not exist|fields out of order|a field it does not have|bounds on two fields|two lower bounds|equality after a bound|of a table that does not exist)$/,
  },
  {
    reason: "on Convex a page that fills exactly is not the last; convex-test looks ahead",
    cases: /^query: pages (?:that end evenly|while documents are added after)$/,
  },
  {
    reason: "Convex refuses a page of no documents",
    cases: /^query: a page of none$/,
  },
  {
    reason: "convex-test words the error of a second page itself",
    cases: /^query: two pages in one function$/,
  },
  {
    reason: "Convex marks a wrong cursor so that React begins anew; convex-test fails to parse it",
    cases: /^query: a cursor that is none$/,
  },
  {
    reason:
      "on Convex filters compare by the total order of values; convex-test by JavaScript's operators",
    cases: /^filter: (?:lt|lte|gt|gte) /,
  },
  {
    reason: "convex-test does not know q.neg",
    cases: /^filter: neg of /,
  },
  {
    reason:
      "on Convex arithmetic and logic want operands of one kind; convex-test coerces as JavaScript",
    cases:
      /^filter: (?:add of a text|add of a float and an int64|and of a number|not of a number|int64 division by zero|something that is no boolean)$/,
  },
  {
    reason: "convex-test words the errors of validators itself, and checks no values of records",
    cases:
      /^(?:schema|validator): (?:.*for (?:an? .*|bytes)|.*of another kind|.*another literal|.*missing field|.*extra field|.*without a field|.*that does not fit|.*no longer fits|a missing argument|an extra argument|false for null|a literal that is not in the union|no member of a union|an id of another table)$/,
  },
  {
    reason: "convex-test words the errors of names and kinds itself",
    cases:
      /^failure: (?:an? (?:query|mutation|action) called as |a function that does not exist|a module that does not exist|an export that is no function)/,
  },
  {
    reason:
      "on Convex a result that is refused undoes the mutation; convex-test checks after its commit",
    cases: /^failure: of a mutation's result leaves nothing$/,
  },
  {
    reason:
      "on Convex a nested call fails with the text of its outcome, not with the thrown object",
    cases: /^nested: (?:the message of a caught failure|a failure that is not caught)$/,
  },
  {
    reason: "convex-test has a text of its own where no route matches",
    cases:
      /^http: (?:a method that has no route|a path that has no route|a trailing slash|another case|the prefix without its slash)$/,
  },
  {
    reason: "on Convex an HTTP action that throws answers 500; convex-test throws into the test",
    cases: /^http: throws$/,
  },
  {
    reason: "Convex names a scheduled function's module with its extension",
    cases:
      /^scheduler: (?:a mutation runs|an action|a failing mutation|a chain|a canceled job|a nested failure|nobody|a job canceled)/,
  },
  {
    reason: "Convex bounds documents and transactions; convex-test does not",
    cases: /^limit: (?:a document of more than a mebibyte|8193|1025|16 levels|more than) ?/,
  },
  {
    reason: "Convex refuses to schedule what does not exist",
    cases: /^scheduler: (?:a function|a module) that does not exist$/,
  },
];
