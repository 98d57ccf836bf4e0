/** Which fields of a form a refusal is about, by the names that stand in its sentence. */

import { sentence } from "../format/sentence.ts";
import type { ApiError } from "./api_error.ts";

/** By the names of fields; what is about none of them is under "". */
export type FieldErrors = Readonly<Record<string, string>>;

/** `names` are those that the API gives the fields of the form. */
export function fieldErrorsOf({ message, hint }: ApiError, names: readonly string[]): FieldErrors {
  const said = message.replace(/^Cannot [a-z]+ .*?: /, "");
  const listed = [...said.matchAll(/"([a-z_]+)": (.*?)(?=; "[a-z_]+": |$)/g)]
    .flatMap(([, name, fault]) => names.includes(name!) ? [[name!, sentence(fault!)]] : []);
  if (listed.length > 0) return Object.fromEntries(listed);
  const text = [said, ...(hint === null ? [] : [hint])].map(sentence).join(" ");
  const name = names.find((each) => said.includes(`"${each}"`));
  return { [name ?? ""]: text };
}
