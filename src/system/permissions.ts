/** Gives permissions away: a command keeps what it needs, for good. */

const all = ["read", "write", "env", "run", "sys", "ffi", "net"] as const;

/** A Deno permission by name. */
export type Permission = (typeof all)[number];

/** Revokes everything but `kept`. A revoked permission never comes back: the program runs with --no-prompt. */
export function keepOnly(kept: readonly Permission[]): void {
  for (const name of all) {
    if (!kept.includes(name)) Deno.permissions.revokeSync({ name });
  }
}
