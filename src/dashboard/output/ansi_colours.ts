/**
 * How a style looks on the ground of output, which is dark in either scheme, since that is what commands choose their
 * colours for. A colour that could not be read there is made lighter or darker until it has 4.5 to 1.
 */

import type { Colour, Style } from "./ansi.ts";

type Rgb = readonly [red: number, green: number, blue: number];

/** The ground and text of output; `--output-ground` and `--output-ink` in colours.css, which a test compares. */
export const outputGround: Rgb = [0x11, 0x17, 0x1a];
export const outputInk: Rgb = [0xdd, 0xe4, 0xe6];

const named: readonly Rgb[] = [
  [0x3a, 0x44, 0x49],
  [0xf2, 0x6d, 0x66],
  [0x7f, 0xc9, 0x79],
  [0xe3, 0xb3, 0x4d],
  [0x77, 0xa9, 0xf2],
  [0xd1, 0x8b, 0xe3],
  [0x5e, 0xc4, 0xc9],
  [0xc9, 0xd1, 0xd4],
  [0x8b, 0x97, 0x9d],
  [0xff, 0x94, 0x8d],
  [0xa3, 0xe0, 0x9b],
  [0xf6, 0xcf, 0x7a],
  [0x9f, 0xc3, 0xff],
  [0xe2, 0xae, 0xf0],
  [0x8c, 0xdf, 0xe3],
  [0xff, 0xff, 0xff],
];
const levels = [0, 95, 135, 175, 215, 255];
const leastContrast = 4.5;

export interface Look {
  readonly color?: string;
  readonly backgroundColor?: string;
  readonly fontWeight?: string;
  readonly fontStyle?: string;
  readonly textDecoration?: string;
}

const known = new WeakMap<Style, Look>();

/** What the browser is told of it. */
export function lookOf(style: Style): Look {
  const found = known.get(style);
  if (found !== undefined) return found;
  const look = makeLook(style);
  known.set(style, look);
  return look;
}

function makeLook(style: Style): Look {
  const { background, ink } = coloursOf(style);
  const lines = [style.isUnderlined ? "underline" : "", style.isStruck ? "line-through" : ""].join(" ")
    .trim();
  return {
    ...(ink === outputInk ? {} : { color: `rgb(${ink.join(" ")})` }),
    ...(background === outputGround ? {} : { backgroundColor: `rgb(${background.join(" ")})` }),
    ...(style.isBold ? { fontWeight: "700" } : {}),
    ...(style.isItalic ? { fontStyle: "italic" } : {}),
    ...(lines === "" ? {} : { textDecoration: lines }),
  };
}

/** Both as they are drawn. */
export function coloursOf({ foreground, background, isDim, isReversed }: Style): {
  readonly ink: Rgb;
  readonly background: Rgb;
} {
  const text = foreground === null ? outputInk : rgbOf(foreground);
  const behind = background === null ? outputGround : rgbOf(background);
  const [ink, ground] = isReversed ? [behind, text] : [text, behind];
  return { ink: readable(isDim ? mixed(ink, ground, 0.35) : ink, ground), background: ground };
}

function rgbOf(colour: Colour): Rgb {
  if (typeof colour !== "number") return colour;
  if (colour < 16) return named[colour]!;
  if (colour >= 232) {
    const grey = 8 + 10 * (colour - 232);
    return [grey, grey, grey];
  }
  const cube = colour - 16;
  return [levels[Math.floor(cube / 36)]!, levels[Math.floor(cube / 6) % 6]!, levels[cube % 6]!];
}

/** The same colour, moved to white or to black as far as it must be. */
function readable(ink: Rgb, ground: Rgb): Rgb {
  if (contrast(ink, ground) >= leastContrast) return ink;
  const goal: Rgb = luminance(ground) < 0.18 ? [255, 255, 255] : [0, 0, 0];
  for (let share = 0.1; share < 1; share += 0.1) {
    const nearer = mixed(ink, goal, share);
    if (contrast(nearer, ground) >= leastContrast) return nearer;
  }
  return goal;
}

function mixed(one: Rgb, other: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => Math.round(one[index] + (other[index] - one[index]) * share);
  return [at(0), at(1), at(2)];
}

/** By the measure of WCAG 2: 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
