/** Why a job stands where it stands, as JSON. */

import { z } from "zod";
import { gates } from "../../core/explain_facts.ts";
import { state, text, textOrNull, timeOrNull } from "./values.ts";

export const explanation = z.strictObject({
  id: text,
  state,
  gate: z.enum(gates),
  until: timeOrNull,
  sentence: text,
  details: z.looseObject({
    try: textOrNull,
    then: z.array(z.strictObject({ gate: z.enum(gates), until: timeOrNull, sentence: text })),
  }),
});
