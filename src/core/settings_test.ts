import { assertEquals, assertThrows } from "@std/assert";
import { QueueError } from "./errors.ts";
import {
  formatSetting,
  resolveSettings,
  type SettingName,
  settingName,
  settingNames,
  settingRules,
  type Settings,
  settingValue,
} from "./settings.ts";

const nothing = { flags: {}, environment: {}, file: {} };

Deno.test("flags win over variables, variables over the file, the file over the defaults", () => {
  const { values, sources } = resolveSettings({
    flags: { max_retries: "7" },
    environment: { max_retries: "6", backoff_base: "3" },
    file: { max_retries: "5", backoff_base: "4", poll_interval: "1s" },
  });
  assertEquals([values.max_retries, values.backoff_base, values.poll_interval, values.lease], [
    7,
    3,
    1000,
    30_000,
  ]);
  assertEquals(
    [sources.max_retries, sources.backoff_base, sources.poll_interval, sources.lease],
    ["flag", "environment", "config.json", "default"],
  );
});

Deno.test("every default is a value of its own rule, and reads back from its text", () => {
  const { values } = resolveSettings(nothing);
  const check = <Name extends SettingName>(name: Name, value: Settings[Name]): void =>
    assertEquals(settingValue(name, formatSetting(name, value), name), value, name);
  for (const name of settingNames) check(name, values[name]);
});

Deno.test("names accept - and _, and a wrong one is refused with the nearest", () => {
  assertEquals(settingName("Max-Retries"), "max_retries");
  assertEquals(assertThrows(() => settingName("max_retry"), QueueError).hint, `Did you mean "max_retries"?`);
  assertThrows(() => settingName("qqqqqqqqqqqqqqqq"), QueueError);
});

Deno.test("a wrong value is refused, with what would be right", () => {
  const wrong: [SettingName, string[]][] = [
    ["max_retries", ["-1", "1.5", "x", "", "1001", "1e2"]],
    ["backoff_base", ["-2", "x", "1001"]],
    ["backoff_jitter", ["1.1", "-0.1"]],
    ["backoff_max", ["5", "-1s", "never"]],
    ["job_timeout", ["0", "10"]],
    ["shell", ["", "a\0b"]],
    ["lease", ["1ms", "2d"]],
    ["output_limit", ["10", "1B", "-1MB"]],
    ["durability", ["full", ""]],
  ];
  for (const [name, texts] of wrong) {
    for (const text of texts) {
      const error = assertThrows(() => settingValue(name, text, "here"), QueueError);
      assertEquals([error.kind, error.hint], ["usage", `${name} must be ${settingRules[name].accepted}`]);
    }
  }
});

Deno.test("none is a value where there may be none", () => {
  assertEquals(settingValue("job_timeout", "none", "x"), null);
  assertEquals(settingValue("backoff_max", "1h", "x"), 3_600_000);
});

Deno.test("a lease shorter than three heartbeats is refused", () => {
  assertThrows(() => resolveSettings({ ...nothing, flags: { lease: "5s" } }), QueueError, "3 heartbeats");
  assertEquals(resolveSettings({ ...nothing, flags: { lease: "5s", heartbeat: "1s" } }).values.lease, 5000);
});
