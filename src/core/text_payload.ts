import type { Refusal } from "./rules_payload.ts";

/** Refuses text that no program can be given. `field` is named in the error. */
export function checkText(field: string, text: string, refuse: Refusal): void {
  if (text.includes("\0")) {
    throw refuse(`"${field}" holds a NUL character`, "No program can be given one: leave it out");
  }
  if (!text.isWellFormed()) {
    throw refuse(
      `"${field}" holds half a character (a lone surrogate)`,
      "Escape the whole character, or write it as UTF-8",
    );
  }
}
