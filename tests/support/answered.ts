/** What tests look at in answers of the API, which their schemas have checked before. What is not there is undefined. */
export interface Answered extends Iterable<Answered> {
  readonly [index: number]: Answered;
  readonly length: number;
  readonly [name: string]: unknown;
  readonly id: string;
  readonly state: string;
  readonly hint: string;
  readonly detail: string;
  readonly jobs: readonly { readonly id: string }[];
  readonly rows: readonly { readonly queue: string; readonly completed: number }[];
  readonly next: string;
  readonly group: string;
  readonly example: string;
  readonly why: string;
  readonly text: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
