/**
 * `functions_folder_unusable`: the folder cannot be hosted. The message holds one line per problem and
 * names the file; nothing of the folder was served.
 */
export class FunctionsFolderError extends Error {
  readonly code = "functions_folder_unusable";
  override readonly name = "FunctionsFolderError";
  readonly problems: readonly string[];

  constructor(directory: string, problems: readonly string[], options?: ErrorOptions) {
    super([`the functions in ${directory} cannot be hosted:`, ...problems].join("\n"), options);
    this.problems = problems;
  }
}
