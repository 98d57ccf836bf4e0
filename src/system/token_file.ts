/** A file that holds a token: for its owner's eyes only, and long enough that nobody guesses it. */

import { QueueError } from "../core/errors.ts";
import { reasonOf } from "./reason.ts";

/** 32 random bytes are no less in any usual way of writing them. */
const shortestToken = 32;
const longestToken = 1024;

/** The token in a file. Throws a usage error where it is missing, too short, or where others can read or change it. */
export function readTokenFile(path: string): string {
  const refuse = (found: string, hint: string) =>
    new QueueError("usage", `Cannot use the token file ${path}: ${found}`, { hint });
  let file;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    throw refuse(reasonOf(error), `Make one: queuectl serve --make-token ${path}`);
  }
  try {
    const { isFile, mode, uid, size } = file.statSync();
    if (!isFile) throw refuse("it is no file", "Name a file");
    if (Deno.build.os !== "windows") {
      if (uid !== Deno.uid()) throw refuse(`it belongs to another user (uid ${uid})`, "Use one of your own");
      if (((mode ?? 0) & 0o077) !== 0) throw refuse("others may read or change it", `Run: chmod 600 ${path}`);
    }
    if (size > longestToken) throw refuse(`it is longer than ${longestToken} bytes`, "It holds one token");
    const bytes = new Uint8Array(longestToken);
    const token = new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0)).trim();
    if (token.length < shortestToken) {
      throw refuse(
        `its token is shorter than ${shortestToken} characters`,
        "Make one: queuectl serve --make-token F",
      );
    }
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw refuse("its token holds blanks or other than ASCII characters", "It goes into a header of HTTP");
    }
    return token;
  } finally {
    file.close();
  }
}

/** Writes a new token of 32 random bytes into a new file, mode 0600. Throws where the file is there. */
export function makeTokenFile(path: string): void {
  const token = crypto.getRandomValues(new Uint8Array(32)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  try {
    Deno.writeTextFileSync(path, `${token}\n`, { createNew: true, mode: 0o600 });
  } catch (error) {
    const found = error instanceof Deno.errors.AlreadyExists ? "it is there already" : reasonOf(error);
    throw new QueueError("failed", `Cannot make the token file ${path}: ${found}`, {
      hint: "Name a file that is not there yet",
      cause: error,
    });
  }
}
