/** How far something is, as a bar and in words. */

import { JobText } from "./job_text.tsx";

export interface ProgressBarProps {
  /** 0 to 100. */
  readonly percent: number;
  /** What it does just now. */
  readonly text: string | null;
}

export function ProgressBar({ percent, text }: ProgressBarProps) {
  return (
    <span class="progress">
      <progress max={100} value={percent} aria-label="Progress" />
      {percent} %{text !== null && (
        <span class="soft">
          <JobText text={text} />
        </span>
      )}
    </span>
  );
}
