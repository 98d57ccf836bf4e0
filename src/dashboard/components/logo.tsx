/** The mark of queuectl: lines that wait, and the one that goes on. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="logo-ground" />
      <path class="logo-lines" d="M7 10.5h10M7 16h6.5M7 21.500h10" />
      <path class="logo-arrow" d="M18.500 11.500 25 16l-6.500 4.500z" />
    </svg>
  );
}
