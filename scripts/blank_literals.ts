/**
 * Blanks what comments, strings, templates and regular expressions hold, so that a search of the rest finds
 * code only. Good enough for this project's own sources; it is not a parser.
 */

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/y;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;
const WORD = /[\p{ID_Continue}$]+/uy;
const SPACE = /\s+/y;

/** Words after which a slash opens a regular expression; after any other word it divides. */
const BEFORE_REGEXP =
  /^(?:return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield|instanceof|default)$/;

/**
 * The source with the same length and lines, where literals keep their quotes and lose their text, and
 * comments are gone. What stands in `${…}` is code and stays.
 */
export function blankLiterals(source: string): string {
  let result = "";
  let position = 0;
  /** The last token that is no space and no comment. */
  let before = "";
  /** For every template that is open around here: how many braces its `${…}` has open. */
  const templates: number[] = [];

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = position;
    const text = pattern.exec(source)?.[0];
    if (text) position += text.length;
    return text || undefined;
  }

  /** Passes a template's text up to its end, or to a `${` where its code begins. */
  function takeTemplateText(): void {
    result += blank(take(TEMPLATE_TEXT) ?? "");
    const opensCode = source.startsWith("${", position);
    const end = source.slice(position, position + (opensCode ? 2 : 1));
    if (opensCode) templates.push(0);
    result += end;
    position += end.length;
    before = opensCode ? "{" : "`";
  }

  function takeSymbol(): void {
    const symbol = source.charAt(position++);
    result += symbol;
    before = symbol;
    const depth = templates.at(-1);
    if (symbol === "`") return takeTemplateText();
    if (depth === undefined) return;
    if (symbol === "{") templates[templates.length - 1] = depth + 1;
    if (symbol !== "}") return;
    if (depth > 0) {
      templates[templates.length - 1] = depth - 1;
    } else {
      templates.pop();
      takeTemplateText();
    }
  }

  while (position < source.length) {
    const skipped = take(SPACE) ?? take(COMMENT);
    if (skipped !== undefined) {
      result += blank(skipped);
      continue;
    }
    const literal = take(STRING) ?? (mayOpenRegExp(before) ? take(REGEXP) : undefined);
    if (literal !== undefined) {
      result += literal.charAt(0) + blank(literal.slice(1, -1)) + literal.charAt(0);
      before = '"';
      continue;
    }
    const word = take(WORD);
    if (word === undefined) {
      takeSymbol();
    } else {
      result += word;
      before = word;
    }
  }
  return result;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

function mayOpenRegExp(before: string): boolean {
  return BEFORE_REGEXP.test(before) || !/^(?:[\p{ID_Continue}$]+|[)\]}"`])$/u.test(before);
}
