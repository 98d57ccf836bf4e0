/** Tags: what a job needs of a worker, and what a worker offers. A job runs where all that it needs is offered. */

/** How many tags a job may need or a worker offer; each kind of needs costs a claim an index lookup. */
export const mostTags = 16;

export const tagRule =
  "a tag is 1 to 64 lower-case letters, digits and . _ -, and begins with a letter or digit";

export function isTag(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(text);
}

/** Tags as one text, each once and sorted, so that equal sets are equal texts. */
export function formatTags(tags: readonly string[]): string {
  return [...new Set(tags)].toSorted().join(",");
}

const noTags: readonly string[] = [];

/** The tags of a text with commas between them, not checked. */
export function splitTags(text: string): readonly string[] {
  return text === "" ? noTags : text.split(",").map((tag) => tag.trim());
}

/** Whether one who offers `tags` may run what needs `needs`. */
export function offersAll(tags: readonly string[], needs: readonly string[]): boolean {
  return needs.every((tag) => tags.includes(tag));
}
