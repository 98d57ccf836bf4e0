/** Reads a coverage report in the lcov format: for each file, how many lines can run and how many did. */
export function readLcov(text: string): Map<string, { found: number; hit: number }> {
  const files = new Map<string, { found: number; hit: number }>();
  for (const record of text.split("end_of_record")) {
    const path = /^SF:(.+)$/m.exec(record)?.[1]?.trim();
    if (path === undefined) continue;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)/gm)].map(([, count]) => Number(count));
    files.set(path, { found: counts.length, hit: counts.filter((count) => count > 0).length });
  }
  return files;
}
