/** Values of metrics text by name and labels: `queuectl_jobs{state="dead",queue="default"}` to 1. */
export function readExposition(text: string): Map<string, number> {
  return new Map(
    text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
