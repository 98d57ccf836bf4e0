/** Makes an error of an answer that is none: by its problem+json, or by its status where something else has answered. */

import { ApiError } from "./api_error.ts";
import type { Problem } from "./types.ts";

export async function readProblem(response: Response): Promise<ApiError> {
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/problem+json")) {
    const { detail, hint }: Problem = await response.json();
    return new ApiError(response.status, detail, hint ?? null);
  }
  return new ApiError(
    response.status,
    `The answer was ${response.status} ${response.statusText}`.trimEnd(),
    "Something between this browser and queuectl has answered",
  );
}
