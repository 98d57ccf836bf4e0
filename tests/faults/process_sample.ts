/** What processes hold: memory and open files. Read by a shell, since only -A lets Deno read /proc. Linux. */

export interface ProcessSample {
  readonly pid: number;
  /** Resident memory, and what of it is no page of a file; KiB. Neither depends on who else maps those files. */
  readonly rssKb: number;
  readonly anonymousKb: number;
  readonly files: number;
}

/** Samples those that are there. */
export async function sampleProcesses(pids: readonly number[]): Promise<ProcessSample[]> {
  const command = new Deno.Command("sh", {
    args: ["-c", script, "sample", ...pids.map(String)],
    stdout: "piped",
    stderr: "null",
  });
  const text = new TextDecoder().decode((await command.output()).stdout);
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [pid, rssKb, anonymousKb, files] = line.split(" ").map(Number);
    return { pid: pid!, rssKb: rssKb!, anonymousKb: anonymousKb!, files: files! };
  });
}

const script = `
for pid; do
  rss= anonymous=
  while read -r name value unit; do
    case $name in Rss:) rss=$value ;; Anonymous:) anonymous=$value ;; esac
  done <"/proc/$pid/smaps_rollup" || continue
  [ -n "$rss" ] || continue
  set -- /proc/$pid/fd/*
  echo "$pid $rss $anonymous $#"
done`;
