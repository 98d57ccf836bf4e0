/** What Linux says about living processes. Needs all permissions. */

/** User and system time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // Fields after the program's name, which may hold spaces: 12 user time, 13 system time, in ticks of 10 ms.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The memory of a process in MB: its proportional share (PSS) of pages that it has in common with others. */
export function memoryMB(pid: number): number {
  const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024 / 1e6;
}

/** Whether there is a /proc to read. */
export const hasProc = Deno.build.os === "linux";
