/** The servers that a URL names. Several make a cluster with one primary: the one that may be written to is looked for. */

import { StoreUnavailable } from "../../core/errors.ts";

export interface Servers {
  /** A URL for each host, in the order in which they are named. */
  readonly urls: readonly string[];
  /** Whether only a server that accepts writes will do. */
  readonly mustBeWritable: boolean;
}

/** What `target_session_attrs` may ask for; null where a queue could not work. */
const wantsWritable: Readonly<Record<string, boolean>> = {
  "any": false,
  "read-write": true,
  "primary": true,
};

/** Throws `StoreUnavailable` where `target_session_attrs` asks for a server that nobody can write to. */
export function serversOf(url: string): Servers {
  const wanted = /[?&]target_session_attrs=([^&#]*)/.exec(url)?.[1];
  if (wanted !== undefined && !Object.hasOwn(wantsWritable, wanted)) {
    throw new StoreUnavailable(
      "read_only",
      `Cannot use target_session_attrs=${wanted}: a queue is written to`,
      {
        hint: `Leave it out, or use one of ${Object.keys(wantsWritable).join(", ")}`,
      },
    );
  }
  const plain = url.replace(/([?&])target_session_attrs=[^&#]*&?/, "$1").replace(/[?&]$/, "");
  const [, before = "", hosts = "", after = ""] = /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(plain) ?? [];
  const urls = hosts.split(",").map((host) => `${before}${host}${after}`);
  return { urls, mustBeWritable: wanted === undefined ? urls.length > 1 : wantsWritable[wanted]! };
}
