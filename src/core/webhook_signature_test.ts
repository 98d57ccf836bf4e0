import { assertEquals } from "@std/assert";
import { webhookHeaders } from "./webhook_signature.ts";

/** The example that receivers' libraries for Standard Webhooks are tested with. */
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const post = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  now: 1_614_265_330_999,
  body: new TextEncoder().encode('{"test": 2432232314}'),
};
const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

Deno.test("what is posted is signed as Standard Webhooks say", async () => {
  assertEquals(await webhookHeaders(post, [secret]), {
    "webhook-id": post.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": signature,
  });
});

Deno.test("each secret signs, and without one nothing does", async () => {
  const other = `whsec_${"A".repeat(40)}`;
  const both = (await webhookHeaders(post, [other, secret]))["webhook-signature"]!.split(" ");
  assertEquals([both.length, both[1], both[0] === both[1]], [2, signature, false]);
  assertEquals(await webhookHeaders(post, []), {
    "webhook-id": post.id,
    "webhook-timestamp": "1614265330",
  });
});
