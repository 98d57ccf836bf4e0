/** Why the system refused something, in words without its numbers. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there";
  if (error instanceof Deno.errors.PermissionDenied) return "access is denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.NotADirectory) return "a file is in the way";
  // Of /proc, /dev and the like, which is kept from programs that may not do everything.
  if (error instanceof Deno.errors.NotCapable) return "it is no file that queuectl may open; pipe it in";
  const message = error instanceof Error ? error.message : String(error);
  if (/read-only file system/i.test(message)) return "the disk is read-only";
  if (/no space left/i.test(message)) return "the disk is full";
  return message.replace(/ \(os error \d+\).*$/s, "");
}
