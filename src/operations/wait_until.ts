/** Looks every `everyMs` milliseconds until `condition` holds; false when it does not within `patienceMs`. */
export async function waitUntil(
  condition: () => Promise<boolean>,
  patienceMs = Infinity,
  everyMs = 25,
): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > giveUpAt) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
