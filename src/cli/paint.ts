import type { Output } from "./world.ts";

/** SGR codes of ECMA-48, as every terminal knows them. */
const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
export type Paint = keyof typeof codes;

/** The text in colour where the output welcomes it. */
export function paint(output: Output, colour: Paint, text: string): string {
  return output.hasColour ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text;
}

/** The colour of a job's or worker's state. */
export function stateColour(state: string): Paint {
  switch (state) {
    case "completed":
    case "idle":
      return "green";
    case "processing":
    case "busy":
      return "blue";
    case "dead":
    case "gone":
      return "red";
    case "failed":
    case "silent":
    case "stopping":
      return "yellow";
    default:
      return "dim";
  }
}
