import { kindOf } from "./found_value.ts";
import type { GivenInput } from "./job_input.ts";
import type { Refusal } from "./rules_payload.ts";

/** Reads the field `stdin`: a text that the job is given as UTF-8. */
export function readInputText(stdin: unknown, refuse: Refusal): GivenInput | null {
  if (stdin === undefined || stdin === null) return null;
  if (typeof stdin !== "string") {
    throw refuse(
      `"stdin" must be text, not ${kindOf(stdin)}`,
      `Such as: {"stdin":"a line\\n"}; what is no text comes from a file: queuectl enqueue --stdin FILE -- COMMAND`,
    );
  }
  if (!stdin.isWellFormed()) {
    throw refuse(
      `"stdin" holds half a character (a lone surrogate)`,
      "Escape the whole character, or write it as UTF-8",
    );
  }
  return { head: new TextEncoder().encode(stdin), rest: null };
}
