import { assertEquals } from "@std/assert";
import { keyOfSecret, parseSecrets, secretOf, shownSecrets } from "./webhook_secret.ts";

const secret = secretOf(new Uint8Array(32).fill(255));

Deno.test("a secret is whsec_ and base64 of 24 to 64 bytes", () => {
  assertEquals(secret, "whsec_//////////////////////////////////////////8=");
  assertEquals(keyOfSecret(secret), new Uint8Array(32).fill(255));
  for (const length of [24, 64]) assertEquals(keyOfSecret(secretOf(new Uint8Array(length)))!.length, length);
  for (
    const text of [
      "",
      "whsec_",
      secret.slice(6),
      `${secret}=`,
      secret.toUpperCase(),
      secretOf(new Uint8Array(23)),
      secretOf(new Uint8Array(65)),
      "whsec_%%%",
      `${secret} `,
    ]
  ) assertEquals(keyOfSecret(text), undefined, text);
});

Deno.test("several have commas between them, each once; what is shown is that they are there", () => {
  const others = [1, 2, 3].map((byte) => secretOf(new Uint8Array(24).fill(byte)));
  assertEquals(parseSecrets(` ${others[0]} , ${secret}`), [others[0]!, secret]);
  assertEquals(parseSecrets([secret, secret].join()), undefined);
  assertEquals(parseSecrets([secret, ...others].join()), undefined);
  assertEquals(parseSecrets(`${secret},`), undefined);
  assertEquals([shownSecrets([]), shownSecrets([secret]), shownSecrets([secret, others[0]!])], [
    "none",
    "whsec_…",
    "whsec_…,whsec_…",
  ]);
});
