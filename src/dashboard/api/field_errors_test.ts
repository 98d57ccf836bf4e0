import { assertEquals } from "@std/assert";
import { ApiError } from "./api_error.ts";
import { fieldErrorsOf } from "./field_errors.ts";

Deno.test("a refusal stands at the field that it names, with its hint", () => {
  const refused = new ApiError(
    422,
    `Cannot edit job "a": "priority" cannot be 5000`,
    "priority is a whole number from -1000 to 1000",
  );
  assertEquals(fieldErrorsOf(refused, ["command", "priority"]), {
    priority: '"priority" cannot be 5000. Priority is a whole number from -1000 to 1000.',
  });
});

Deno.test("faults of several fields stand at each", () => {
  const refused = new ApiError(
    422,
    'Cannot use the body: "limit": too small; "rate": a rate is 10/m; not more',
  );
  assertEquals(fieldErrorsOf(refused, ["limit", "rate"]), {
    limit: "Too small.",
    rate: "A rate is 10/m; not more.",
  });
});

Deno.test("what is about no field is about the form", () => {
  assertEquals(fieldErrorsOf(new ApiError(409, 'Cannot edit job "priority": it is dead'), ["priority"]), {
    "": "It is dead.",
  });
});
