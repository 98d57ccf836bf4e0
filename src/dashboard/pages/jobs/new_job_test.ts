import { assertEquals } from "@std/assert";
import { DuplicateJob, QueueDrains, UniqueKeyTaken } from "../../../core/errors.ts";
import { readPayload } from "../../../core/job_payload.ts";
import { bodyOf, emptyForm, fieldOfProblem, isTyped, type NewJobField, newJobFields } from "./new_job.ts";

Deno.test("what is typed becomes what the API takes, and what is empty is left out", () => {
  assertEquals(bodyOf(emptyForm), {});
  assertEquals(
    bodyOf({
      ...emptyForm,
      command: " echo a ",
      priority: "-5",
      max_retries: "x",
      delay: " 10m ",
      env: "A=1\n\n B = two=2\n",
      needs: "gpu, linux",
      after: "a b",
    }),
    {
      command: " echo a ",
      priority: -5,
      max_retries: "x",
      delay: "10m",
      env: { A: "1", B: " two=2" },
      needs: ["gpu", "linux"],
      after: ["a", "b"],
    },
  );
});

/** What the server says to a form. */
function refusalOf(form: Partial<Record<NewJobField, string>>): Error {
  try {
    readPayload(bodyOf({ ...emptyForm, command: "true", ...form }), {
      subject: "this job",
      callerCwd: "/",
      resolvePath: (path) => path,
      readWords: () => ({ found: "it is no time" }),
      variable: () => undefined,
    });
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error(`nothing is refused of ${JSON.stringify(form)}`);
}

Deno.test("a refusal is shown at the field that it is about, in the server's own words", () => {
  const bad: Readonly<Record<NewJobField, string>> = {
    command: " ",
    queue: "a queue",
    priority: "5000",
    delay: "soon",
    max_retries: "many",
    key: "\u0007",
    unique: "\u0007",
    id: "an id",
    run_at: "whenever",
    expires: "whenever",
    timeout: "long",
    cwd: "a\0b",
    label: "a\tb",
    meta: "=b",
    env: "1 A=b",
    needs: "/queue",
    after: "-/x",
    webhook: "ftp://a",
    stdin: "a\0".repeat(2_000_000),
  };
  for (const field of newJobFields) {
    if (field === "stdin") continue;
    const refusal = refusalOf({ [field]: bad[field] });
    assertEquals(fieldOfProblem(refusal), field, refusal.message);
  }
  const both = refusalOf({ run_at: "2030-01-01T00:00:00Z", delay: "1h" });
  assertEquals(fieldOfProblem(both), "run_at", both.message);
  const tooSoon = refusalOf({ delay: "2h", expires: "1h" });
  assertEquals(fieldOfProblem(tooSoon), "expires", tooSoon.message);
});

Deno.test("so are refusals of the store, and what is about no field is about none", () => {
  assertEquals(fieldOfProblem(new DuplicateJob("a", "pending", 0)), "id");
  assertEquals(fieldOfProblem(new QueueDrains("a", "mail", 0)), "queue");
  const unique = { key: "k", forMs: null, onConflict: "reject" } as const;
  const taken = new UniqueKeyTaken({ id: "a", index: 0, unique }, { id: "b", state: "pending" });
  assertEquals(fieldOfProblem(taken), "unique");
  assertEquals(fieldOfProblem(new Error("Cannot use the store: it is full")), null);
});

Deno.test("something is typed where a field is other than it was at first", () => {
  const first = { ...emptyForm, queue: "films" };
  assertEquals(isTyped({ ...first }, first), false);
  assertEquals(isTyped({ ...first, command: "a" }, first), true);
  assertEquals(isTyped({ ...first, queue: "" }, first), true);
});
