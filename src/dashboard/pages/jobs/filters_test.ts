import { assertEquals } from "@std/assert";
import { queryText } from "../../api/query_text.ts";
import { filterQuery } from "../../../web/job_query.ts";
import { chipsOf, filtersOf, mayBeId, noFilters, setFilters, sinceWords } from "./filters.ts";

const search = "state=failed&queue=mail&text=a+b&label=x&meta=a%3Db&meta=c%3Dd&since=24h";

Deno.test("filters are read from the URL, and say the same to the API", () => {
  const filters = filtersOf(new URLSearchParams(search));
  assertEquals(filters.meta, ["a=b", "c=d"]);
  assertEquals(queryText(setFilters(filters)), `?${search}`);
  assertEquals(filterQuery.safeParse(setFilters(filters)).success, true);
  assertEquals(filtersOf(new URLSearchParams("state=unknown&after=@7")), noFilters);
  assertEquals(setFilters(noFilters), {});
});

Deno.test("each filter has a chip that takes it away and goes back to the newest page", () => {
  const chips = chipsOf(filtersOf(new URLSearchParams(search)));
  assertEquals(chips.map(({ text }) => text), [
    "State: retrying",
    "Queue: mail",
    "Text: a b",
    "Label: x",
    "Meta: a=b",
    "Meta: c=d",
    "Enqueued: in the last 24h",
  ]);
  assertEquals(chips[4]!.without, { meta: ["c=d"], after: null, before: null });
  assertEquals(sinceWords("2026-03-01T00:00:00Z"), "since 2026-03-01T00:00:00Z");
});

Deno.test("what could be an id is told from what could not", () => {
  assertEquals(["a", "job-1:2.x", "a b", "-a", "", "a/b"].map(mayBeId), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
