import type { WordsReader } from "../core/time_text.ts";

/** Times in words depend on where the caller is, which a request does not say. */
export const noWords: WordsReader = () => ({
  found: "here it must be a date and time with its offset, not words",
});
