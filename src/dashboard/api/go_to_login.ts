/** Leaves for the login page, which leads back to what is shown now. */
export function goToLogin(): void {
  const { pathname, search } = globalThis.location;
  globalThis.location.assign(`/login?to=${encodeURIComponent(pathname + search)}`);
}
