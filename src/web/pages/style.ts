/** The look of the pages. The colours of text have a contrast of 4.5 to 1 and more on their grounds, dark and light. */
export const style =
  `:root { color-scheme: light dark; --line: light-dark(#ccc, #444); --soft: light-dark(#595959, #a8a8a8); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 75rem; padding: 0 1rem 2rem;
  color: light-dark(#1a1a1a, #eee); background: light-dark(#fff, #161616); }
a { color: light-dark(#0b57d0, #8ab4f8); }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
nav { padding: 0.75rem 0; border-bottom: 1px solid var(--line); display: flex; gap: 1.25rem; flex-wrap: wrap; }
nav a { font-weight: 600; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { text-align: left; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); white-space: nowrap; }
td { max-width: 30rem; overflow-wrap: break-word; }
.number, time { font-variant-numeric: tabular-nums; white-space: nowrap; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.75rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; }
label { display: grid; }
input, select, button { font: inherit; padding: 0.3rem 0.5rem; }
footer { color: var(--soft); }
`;
