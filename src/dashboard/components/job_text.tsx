/** Text that comes from a job: what would turn its direction, and so show another text than it is, is marked. */

import { bidiParts } from "../format/bidi.ts";

export function JobText({ text }: { readonly text: string | null | undefined }) {
  const parts = bidiParts(text ?? "");
  return (
    <>
      {parts.map(({ text, isMark }, index) =>
        isMark
          ? (
            <span key={index} class="bidi-mark" title="This character turns the direction of text">
              {text}
            </span>
          )
          : text
      )}
    </>
  );
}
