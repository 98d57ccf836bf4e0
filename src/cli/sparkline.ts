const blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** For terminals that show nothing else: what rises, rises. */
const plain = ["_", ".", "-", "=", "+", "*", "%", "#"];

/** Values as a line of bars, each as high as its share of the highest; nothing at all is a blank. */
export function sparkline(values: readonly number[], isUtf8: boolean): string {
  const highest = Math.max(...values, 1);
  const bars = isUtf8 ? blocks : plain;
  return values.map((value) => value === 0 ? " " : bars[Math.ceil(value / highest * bars.length) - 1]!).join(
    "",
  );
}

/** Whether the terminal shows more than ASCII, by the locale as POSIX orders its variables. */
export function isUtf8(variable: (name: string) => string | undefined): boolean {
  const locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).find((value) => (value ?? "") !== "");
  return /utf-?8/i.test(locale ?? "");
}
