/** A refusal of the server, in the words that the command line has too. */
export class ApiError extends Error {
  /** The HTTP status; 0 where no answer came at all. */
  readonly status: number;
  /** What to try. */
  readonly hint: string | null;

  constructor(status: number, detail: string, hint: string | null = null) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.hint = hint;
  }
}

/** Whether what was asked about is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
