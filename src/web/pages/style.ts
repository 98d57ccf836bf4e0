/** The look of the server's own pages. The colours of text have a contrast of 4.5 to 1 and more on their grounds, dark and light. */
export const style =
  `:root { color-scheme: light dark; --ink: light-dark(#1b2226, #e6eaeb); --soft: light-dark(#545d63, #a0abb1);
  --line: light-dark(#8b949a, #68737a); --accent: light-dark(#0b5d66, #6fcbd0); --wrong: light-dark(#a8201a, #ff9a92); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 15vh 1.25rem 2rem; color: var(--ink);
  background: light-dark(#f7f6f2, #101417); }
main { max-width: 26rem; margin: 0 auto; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
form { display: grid; gap: 0.5rem; margin: 1.5rem 0; }
label { font-weight: 600; }
input { font: inherit; padding: 0.625rem 0.75rem; color: inherit; background: light-dark(#fff, #171c20);
  border: 1px solid var(--line); border-radius: 0.5rem; }
button { font: inherit; font-weight: 600; padding: 0.625rem 0.75rem; margin-top: 0.5rem; border: 0; border-radius: 0.5rem;
  color: light-dark(#fff, #06292c); background: var(--accent); cursor: pointer; }
[role="alert"] { color: var(--wrong); font-weight: 600; }
.note { color: var(--soft); font-size: 0.875rem; }
`;
