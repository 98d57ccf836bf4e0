/** Characters that turn the direction of text make a command look other than it is; these say where they are. */

export interface TextPart {
  readonly text: string;
  /** Whether it stands for a character that turns the direction, as "U+202E". */
  readonly isMark: boolean;
}

/** The text in parts, with each such character a mark of its own. */
export function bidiParts(text: string): readonly TextPart[] {
  return text.split(/(\p{Bidi_Control})/u).flatMap((part, index): readonly TextPart[] => {
    if (index % 2 === 1) return [{ text: codeOf(part), isMark: true }];
    return part === "" ? [] : [{ text: part, isMark: false }];
  });
}

/** The same as one text, for where nothing can be marked: "[U+202E]". */
export function withBidiShown(text: string): string {
  return text.replaceAll(/\p{Bidi_Control}/gu, (character) => `[${codeOf(character)}]`);
}

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
