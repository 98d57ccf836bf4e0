/** How far back the charts look: the choices, and which one the URL means. */

export const windowNames = ["1h", "24h", "7d"] as const;
export type WindowName = (typeof windowNames)[number];

export interface Window {
  /** "24 hours", after "the last". */
  readonly words: string;
  /** As many parts as the API has for it: minutes, half hours, hours. */
  readonly points: number;
  /** Whether a time of day does not say when it was. */
  readonly isLong: boolean;
}

export const windows: Readonly<Record<WindowName, Window>> = {
  "1h": { words: "hour", points: 62, isLong: false },
  "24h": { words: "24 hours", points: 50, isLong: false },
  "7d": { words: "7 days", points: 170, isLong: true },
};

/** The window that a query means; 24 hours where it names none. */
export function windowOf(query: URLSearchParams): WindowName {
  return windowNames.find((name) => name === query.get("window")) ?? "24h";
}
