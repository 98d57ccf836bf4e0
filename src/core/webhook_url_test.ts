import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { parseWebhookUrl, readWebhook, shownWebhook, webhookFault } from "./webhook_url.ts";

Deno.test("http and https URLs are taken, in their normal form", () => {
  for (
    const [text, url] of [
      ["https://ci.example", "https://ci.example/"],
      ["HTTP://CI.Example:80/a?b=c d".replace(" ", "%20"), "http://ci.example/a?b=c%20d"],
      ["http://[::1]:8080/x", "http://[::1]:8080/x"],
      ["https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"],
      ["https://ada:p@ss@x/@home", "https://ada:p%40ss@x/@home"],
    ]
  ) assertEquals(parseWebhookUrl(text!), url, text);
});

Deno.test("nothing else is", () => {
  for (
    const text of [
      "",
      "ci.example/hook",
      "ftp://x/",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "https://",
      "https://x/#part",
      "https://x/a b",
      " https://x/",
      "https://x/\n",
      "https://x:99999/",
      `https://x/${"a".repeat(2000)}`,
      `https://x/${"ü".repeat(500)}`,
    ]
  ) assertEquals(parseWebhookUrl(text), undefined, text);
});

Deno.test("names and passwords are not shown, whatever the rest is", () => {
  for (
    const [text, shown] of [
      ["https://x/a?b=@c", "https://x/a?b=@c"],
      ["https://x/@home", "https://x/@home"],
      ["https://token@x/@home", "https://…@x/@home"],
      ["http://ada:p%40ss@x:80/", "http://…@x:80/"],
      ["ftp://ada:pass@x/", "ftp://…@x/"],
      ["ada:pa/ss@x", "…@x"],
      ["https://ada:p/a@ss@x/#b", "https://…@x/#b"],
    ]
  ) assertEquals(shownWebhook(text!), shown, text);
  const refuse = (found: string) => Object.assign(new Error(found), { name: "Refused" });
  for (const [webhook, shown] of [["ftp://a:b@x", '"ftp://…@x"'], [7, "7"], [["https://x"], "an array"]]) {
    const { message } = assertThrows(() => readWebhook(webhook, (found) => refuse(found) as never)) as Error;
    assertEquals(message, `"webhook" cannot be ${shown}`);
  }
  assertEquals([readWebhook(undefined, refuse as never), readWebhook(null, refuse as never)], [null, null]);
});

Deno.test("a URL as it is shown, without its name and password, is no webhook, and why is said", () => {
  for (
    const text of [
      "http://…@x/a",
      "https://%E2%80%A6@x/",
      "https://%e2%80%a6:@x/",
      "https://…:secret@x/",
      shownWebhook("https://ada:p%40ss@x/hook"),
    ]
  ) {
    assertEquals(parseWebhookUrl(text), undefined, text);
    const { shown, hint } = webhookFault(text);
    assertMatch(shown, /^"https?:\/\/…@x\//, text);
    assertStringIncludes(hint, "give the whole URL");
  }
  for (const text of ["https://x/…", "https://a…@x/", "https://ada:…@x/", "https://x/?…@"]) {
    assert(parseWebhookUrl(text) !== undefined, text);
  }
  assertMatch(webhookFault("https://x/#a").hint, /^A webhook is the URL of an http or https server/);
});

Deno.test("of a URL that is too long, the beginning is shown", () => {
  const { shown, hint } = webhookFault(`https://ada:pass@x/${"a".repeat(5000)}`);
  assertMatch(shown, /^"https:\/\/…@x\/a{50,100}…"$/);
  assertStringIncludes(hint, "at most 2000 characters");
});
