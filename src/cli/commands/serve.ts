import type { Admission } from "../../core/admission.ts";
import { QueueError } from "../../core/errors.ts";
import type { Command } from "../command.ts";
import type { Flag } from "../flag.ts";
import { serveUntilEnd } from "../serving.ts";
import { noOperands, type ParsedWords, usage, valueOf } from "../words.ts";
import type { WebWorld } from "../world.ts";

interface Serving {
  readonly web: WebWorld;
  readonly hostname: string;
  readonly port: number;
  readonly names: readonly string[];
  readonly admission: Admission;
  readonly isReadOnly: boolean;
}

/** Either a file is made, or it is served. */
type Options = Serving | { readonly web: WebWorld; readonly makeToken: string };

export const readOnlyFlag: Flag = { name: "read-only", help: "show everything, and refuse every change" };

const defaultListen = "127.0.0.1:7420";

export const serve: Command<Options> = {
  name: "serve",
  summary: "the dashboard and the HTTP API, for longer",
  usage: ["[--listen ADDRESS:PORT] [--token-file FILE] [--read-only]", "--make-token FILE"],
  details: [
    "Whoever may use it may run commands as you. On this machine's own address (127.0.0.1) a token is optional; then " +
    "every user of this machine can use it. On any other address it starts only with a token, and should stand behind " +
    "something that speaks TLS.",
    "The token goes into the header Authorization: Bearer, or into the login page. Its file must be yours and mode 600. " +
    "With --read-only nothing can be changed, and the process gives away the permissions to write and to run.",
    "It prints its URL on stdout and serves until Ctrl-C or SIGTERM. See queuectl help api.",
  ],
  flags: [
    {
      name: "listen",
      placeholder: "ADDRESS:PORT",
      help: `where (${defaultListen}); port 0 takes a free one`,
    },
    { name: "token-file", placeholder: "FILE", help: "ask for the token in this file" },
    { name: "make-token", placeholder: "FILE", help: "make such a file with a new token, and end" },
    {
      name: "host",
      placeholder: "NAME",
      help: "a name by which it is reached, such as that of a proxy before it; others are refused",
      repeatable: true,
    },
    readOnlyFlag,
  ],
  settings: ["request_limit", "durability"],
  examples: [
    { line: "queuectl serve", does: "for this machine, until Ctrl-C" },
    {
      line: "queuectl serve --make-token ~/.queuectl-token",
      does: "a token, in a file that only you can read",
    },
    {
      line: "queuectl serve --listen 10.0.0.5:7420 --token-file ~/.queuectl-token",
      does: "for other machines",
    },
    { line: "queuectl serve --read-only", does: "to look, and not to touch" },
  ],
  permissions: ["read", "write", "sys", "net"],
  usesStore: true,
  async parse(words, session) {
    noOperands(words, "serve");
    const web = await session.world.web();
    const makeToken = valueOf(words, "make-token");
    if (makeToken !== undefined) {
      if (words.values.size > 1 || words.switches.size > 0) throw usage("--make-token goes alone", "serve");
      return { web, makeToken: session.world.resolvePath(makeToken) };
    }
    const at = addressOf(valueOf(words, "listen") ?? defaultListen);
    const tokenFile = valueOf(words, "token-file");
    if (tokenFile === undefined && !at.isLoopback) {
      throw new QueueError(
        "usage",
        `Cannot listen on ${at.hostname} without a token: other machines could run commands`,
        {
          hint: "Make one: queuectl serve --make-token FILE, and give it: --token-file FILE",
        },
      );
    }
    return {
      web,
      ...at,
      names: namesOf(words),
      admission: tokenFile === undefined
        ? "everybody"
        : { token: web.readToken(session.world.resolvePath(tokenFile)) },
      isReadOnly: words.switches.has("read-only"),
    };
  },
  async run(options, session) {
    if ("makeToken" in options) {
      options.web.makeToken(options.makeToken);
      session.say(`Made ${options.makeToken}. Keep it to yourself.`);
      return 0;
    }
    return await serveUntilEnd(options, session, (server) => {
      session.print(server.url);
      if (options.admission === "everybody") {
        session.say("Note: every user of this machine can use it; --token-file FILE asks for a token.");
      }
      return Promise.resolve();
    });
  },
};

interface Place {
  readonly hostname: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

function addressOf(text: string): Place {
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|localhost)):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535) {
    throw usage(
      `--listen must be a number and a port, such as 127.0.0.1:7420 or [::1]:7420, not "${text}"`,
      "serve",
    );
  }
  const name = (found[1] ?? found[2]!).toLowerCase();
  // A name could mean another address by the time it listens.
  const hostname = name === "localhost" ? "127.0.0.1" : name;
  const isLoopback = hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
  return { hostname, port, isLoopback };
}

function namesOf(words: ParsedWords): string[] {
  return (words.values.get("host") ?? []).map((name) => {
    if (/^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?$/i.test(name)) return name.toLowerCase();
    throw usage(`--host must be a name without a port, not "${name}"`, "serve");
  });
}
