import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";

const probe = fromFileUrl(new URL("../../tests/fixtures/read_time_words.ts", import.meta.url));

/** What words come to in Berlin, or what is found to be wrong with them. */
async function readInBerlin(asked: readonly (readonly [now: string, text: string])[]): Promise<string[]> {
  const flags: string[] = JSON.parse(Deno.env.get("QUEUECTL_DENO_FLAGS") ?? "[]");
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "--no-prompt", probe, JSON.stringify(asked)],
    env: { TZ: "Europe/Berlin" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** A Tuesday, 21:00 in Berlin. */
const tuesday = "2026-11-24T20:00:00.123Z";

Deno.test("words name an instant in the local time zone, the next one where they are a wall clock's", async () => {
  const cases: Readonly<Record<string, string>> = {
    "tomorrow 9:00": "2026-11-25T08:00:00.000Z",
    "  TOMORROW   at 9am ": "2026-11-25T08:00:00.000Z",
    "9:00 tomorrow": "2026-11-25T08:00:00.000Z",
    "9:00": "2026-11-25T08:00:00.000Z",
    "21:30": "2026-11-24T20:30:00.000Z",
    "20:59": "2026-11-25T19:59:00.000Z",
    noon: "2026-11-25T11:00:00.000Z",
    "next monday 8am": "2026-11-30T07:00:00.000Z",
    "friday 17:00": "2026-11-27T16:00:00.000Z",
    "tuesday 20:00": "2026-12-01T19:00:00.000Z",
    "tuesday 22:00": "2026-11-24T21:00:00.000Z",
    "today 23:00": "2026-11-24T22:00:00.000Z",
    "december 5 9am": "2026-12-05T08:00:00.000Z",
    "november 5 9am": "2027-11-05T08:00:00.000Z",
    "5 july 2027 9:00": "2027-07-05T07:00:00.000Z",
    "monday 30 november 2026 9:00": "2026-11-30T08:00:00.000Z",
    "tomorrow 9:00 UTC": "2026-11-25T09:00:00.000Z",
    "tomorrow 9:00 +05:30": "2026-11-25T03:30:00.000Z",
    now: tuesday,
    "in 2 hours": "2026-11-24T22:00:00.123Z",
    "in 2h30m": "2026-11-24T22:30:00.123Z",
    "in an hour and 5 minutes": "2026-11-24T21:05:00.123Z",
    "90 seconds from now": "2026-11-24T20:01:30.123Z",
    "in 3 days": "2026-11-27T20:00:00.123Z",
    "in a week": "2026-12-01T20:00:00.123Z",
    "+2 hours": "2026-11-24T22:00:00.123Z",
    "the day after tomorrow 9:00": "2026-11-26T08:00:00.000Z",
  };
  const read = await readInBerlin(Object.keys(cases).map((text) => [tuesday, text]));
  assertEquals(Object.fromEntries(Object.keys(cases).map((text, index) => [text, read[index]])), cases);
});

Deno.test("what is no instant, or only in part one, or may be two, is refused", async () => {
  const cases: Readonly<Record<string, string>> = {
    "tomorrow 9:00 and then": 'only "tomorrow 9:00" is understood',
    "banana tomorrow": 'only "tomorrow" is understood',
    "tomorrow 9:00, friday 10:00": 'only "tomorrow 9:00 … friday 10:00" is understood',
    "tomorrow 25:00": 'only "tomorrow" is understood',
    "in -2 hours": "only",
    banana: "not a time in words",
    "25:00": "not a time in words",
    "17": "not a time in words",
    "february 30 9:00": "not a time in words",
    "from 9 to 10 tomorrow": "a span of time",
    "tomorrow 9:00 - 10:00": "a span of time",
    tomorrow: "no time of day",
    monday: "no time of day",
    "next week": 'goes "in"',
    "17h": 'goes "in"',
    "for 2 hours": 'goes "in"',
    "in a few minutes": "no exact length",
    "next month 9:00": "names no day",
    december: "no time of day",
    "february 29 9:00": "not a time in words",
    "tomorrow morning": "no time of day",
    "december 5": "no time of day",
    "yesterday 9:00": "in the past",
    "2 hours ago": "in the past",
    "last monday 8am": "in the past",
    "today 9:00": "in the past",
    "5 july 2020 9:00": "in the past",
    "5/6/2026": "which the month",
    "5/6/2027 9:00": "which the month",
    "12/31 9:00": "which the month",
    "5.6.2027 9:00": "which the month",
    "tomorrow 9:00 IST": "give the offset",
    "monday 24 november 2027 9:00": "another day of the week",
    "in 100000 years": "after the year 9999",
  };
  const read = await readInBerlin(Object.keys(cases).map((text) => [tuesday, text]));
  for (const [index, [text, found]] of Object.entries(cases).entries()) {
    assertStringIncludes(read[index]!, found, text);
  }
});

Deno.test("hours and days are of one length, and wall clocks are right, also where clocks are changed", async () => {
  // Clocks in Berlin go from 2:00 to 3:00 on 28 March 2027, and from 3:00 to 2:00 on 31 October.
  const spring = "2027-03-28T00:30:00.000Z";
  const autumn = "2027-10-31T00:30:00.000Z";
  assertEquals(
    await readInBerlin([
      [spring, "in 1 hour"],
      [spring, "in 24 hours"],
      [spring, "in 1 day"],
      [spring, "tomorrow 9:00"],
      ["2027-03-27T11:00:00Z", "tomorrow 9:00"],
      ["2027-03-27T11:00:00Z", "tomorrow 2:30"],
      ["2027-03-27T11:00:00Z", "in 20 hours"],
      [autumn, "in 1 hour"],
      ["2027-10-30T10:00:00Z", "in 24 hours"],
      ["2027-10-30T10:00:00Z", "in 1 day"],
      ["2027-10-30T10:00:00Z", "tomorrow 9:00"],
      // There are two of them.
      ["2027-10-30T10:00:00Z", "tomorrow 2:30"],
    ]),
    [
      "2027-03-28T01:30:00.000Z",
      "2027-03-29T00:30:00.000Z",
      "2027-03-29T00:30:00.000Z",
      "2027-03-29T07:00:00.000Z",
      "2027-03-28T07:00:00.000Z",
      "there is no such time on that day, since clocks are put forward",
      "2027-03-28T07:00:00.000Z",
      "2027-10-31T01:30:00.000Z",
      "2027-10-31T10:00:00.000Z",
      "2027-10-31T10:00:00.000Z",
      "2027-10-31T08:00:00.000Z",
      "2027-10-31T00:30:00.000Z",
    ],
  );
});
