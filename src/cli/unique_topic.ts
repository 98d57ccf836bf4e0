/** The help topic about jobs that must not stand beside another one of their kind. */
export function uniqueText(): string {
  return `Unique jobs

A job may name a key that it wants for itself:

  queuectl enqueue --unique sync-customer42 -- ./sync 42

Until that job has ended (completed, dead or cancelled), no second one of this key is stored, whichever queue it is for and however many processes enqueue it at the same moment. A job that waits for its next attempt has its key; a dead one has not.

--unique-for 10m takes the key for ten minutes from now on, and for no longer: also when the job has ended before, and no more when it has not.

--on-conflict says what becomes of the new job where another one has the key:

${
    [
      "keep      nothing is added; the id of the other one is printed, and the exit code is 0 (the default)",
      'replace   the other one is cancelled, with the reason "replaced by" and the new id, and the new one has the key',
      "reject    it is refused, with exit code 3; the message names the other one",
      "debounce  nothing is added; the other one is due when the new one would be, so that each call puts it off",
    ].map((line) => `  ${line}`).join("\n")
  }

replace and debounce are for a job that waits. One that runs, or is over while its key is taken for a time, is left as it is: the new one is refused, with exit code 3. debounce also takes the expiry and the time of the key from the new one; the command stays that of the first.

  queuectl enqueue --unique index --on-conflict debounce --delay 30s -- ./index

runs once, half a minute after the last of many such calls. enqueue --wait, --follow and run wait for the job that was kept.

In a file the same holds from line to line, also between two of its own jobs; where one is refused nothing of the file is stored, and the message names the line.

A job that is retried takes its key again until it ends. Where another one has it by then, retry refuses, and dlq retry by a filter leaves it dead. remove frees a key that is taken for a time; prune leaves its job until that time is over.
`;
}
