/** Small drawings. They say nothing of their own to those who hear a page: words stand beside them. */

const shapes = {
  overview: "M3 13h4v4H3zM8.500 8h4v9h-4zM14 3h3.500v14H14z",
  jobs: "M3 4.500h14M3 10h14M3 15.500h9",
  queues: "M3 4h14v3.500H3zM3 12.500h14V16H3z",
  deadLetters: "M10 3 1.800 17h16.400zM10 8v4.200M10 14.400v.2",
  workers:
    "M4 4h12v12H4zM8 1.500V4m4-2.500V4M8 16v2.500m4-2.500v2.500M1.500 8H4m-2.500 4H4m12-4h2.500M16 12h2.500",
  search: "M9 3a6 6 0 1 0 0 12A6 6 0 0 0 9 3m4.400 10.400L17.500 17.500",
  close: "M5 5l10 10M15 5 5 15",
  keyboard: "M2 5h16v10H2zM5 8.500h.2m3 0h.2m3 0h.2m3 0h.2M6 12h8",
  copy: "M7 7h10v10H7zM13 7V3H3v10h4",
  done: "M4 10.500l4 4 8-9",
  up: "M10 16V4.500M5 9l5-5 5 5",
  down: "M10 4v11.500M5 11l5 5 5-5",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={shapes[name]} />
    </svg>
  );
}
