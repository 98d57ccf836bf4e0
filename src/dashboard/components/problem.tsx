/** An error in place of what could not be had, with a way to try again. */

import type { ApiError } from "../api/api_error.ts";
import { sentence } from "../format/sentence.ts";
import { Button } from "./button.tsx";
import { JobText } from "./job_text.tsx";

export interface ProblemProps {
  readonly error: ApiError;
  readonly onRetry?: () => void;
}

export function Problem({ error, onRetry }: ProblemProps) {
  return (
    <div class="problem" role="alert">
      <p>
        <JobText text={sentence(error.message)} />
      </p>
      {error.hint !== null && (
        <p class="problem-hint">
          <JobText text={sentence(error.hint)} />
        </p>
      )}
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
