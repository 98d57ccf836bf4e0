/** Text for terminals of 80 columns. */

/** Words in lines of at most `width` columns. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Folds lines that are too long; what follows a column of two or more spaces stays in its column. */
export function fold(text: string, width = 80): string {
  return text.split("\n").flatMap((line) => {
    if (line.length <= width) return [line];
    const [, left = ""] = /^( *(?:\S+ )*\S+ {2,}| +)/.exec(line) ?? [];
    const [first, ...rest] = wrap(line.slice(left.length), width - left.length);
    return [left + first, ...rest.map((more) => " ".repeat(left.length) + more)];
  }).join("\n");
}
