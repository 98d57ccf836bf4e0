/** In place of what is on its way. It shows after a moment only, so that what comes at once does not flicker. */
export function Loading({ lines }: { readonly lines: number }) {
  return (
    <div class="loading">
      <span class="visually-hidden">Loading</span>
      {Array.from(
        { length: lines },
        (_, index) => <div key={index} class="loading-line" aria-hidden="true" />,
      )}
    </div>
  );
}
