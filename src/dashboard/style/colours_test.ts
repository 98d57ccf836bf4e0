/** Every colour of text is told from each ground that it stands on, by the measure of WCAG 2. */

import { assert } from "@std/assert";

const grounds = ["ground", "raised", "sunken", "accent-wash"];
const texts = [
  "ink",
  "soft",
  "accent",
  "processing",
  "pending",
  "blocked",
  "completed",
  "cancelled",
  "failed",
  "dead",
];
const others = [
  ["on-accent", "accent"],
  ["on-danger", "danger"],
  ["ink", "danger-wash"],
  ["dead", "danger-wash"],
  ["danger", "danger-wash"],
  ["ink", "warning-wash"],
  ["failed", "warning-wash"],
  ["danger", "raised"],
  ["danger", "ground"],
] as const;

function readColours(): Map<string, readonly [light: string, dark: string]> {
  const css = Deno.readTextFileSync(new URL("./colours.css", import.meta.url));
  const found = css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g);
  return new Map([...found].map(([, name, light, dark]) => [name!, [light!, dark!]]));
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

Deno.test("text has a contrast of 4.5 to 1, edges of controls 3 to 1, light and dark", () => {
  const colours = readColours();
  const check = (text: string, ground: string, wanted: number) => {
    for (const scheme of [0, 1] as const) {
      const is = contrast(colours.get(text)![scheme], colours.get(ground)![scheme]);
      assert(is >= wanted, `${text} on ${ground}, ${scheme === 0 ? "light" : "dark"}: ${is.toFixed(2)} to 1`);
    }
  };
  for (const ground of grounds) for (const text of texts) check(text, ground, 4.5);
  for (const [text, ground] of others) check(text, ground, 4.5);
  for (const ground of ["ground", "raised"]) check("edge", ground, 3);
});
