/** A command as data: help, reference, completions and permissions derive from it. */

import type { SettingName } from "../core/settings.ts";
import type { StoreKind } from "../core/store_address.ts";
import type { Flag } from "./flag.ts";
import type { ParsedWords } from "./words.ts";
import type { Session } from "./session.ts";
import type { Permission } from "./world.ts";

export interface Example {
  readonly line: string;
  readonly does: string;
}

export interface Command<Options> {
  /** As it is typed: "worker start". */
  readonly name: string;
  readonly summary: string;
  /** What follows the name, one line a form. */
  readonly usage: readonly string[];
  /** More than the summary, in paragraphs. */
  readonly details?: readonly string[];
  readonly flags: readonly Flag[];
  /** Settings that it takes as flags of the same names. */
  readonly settings?: readonly SettingName[];
  readonly examples: readonly Example[];
  /** What it keeps; everything else is revoked before it runs. The store's driver may keep one more. */
  readonly permissions: readonly Permission[];
  /** What it keeps beside that, as it is called. */
  otherPermissions?(options: Options, session: Session): readonly Permission[];
  /** Whether it uses the store, so that the driver is loaded while it still may be. */
  readonly usesStore: boolean;
  /** Of which kinds the stores are that it uses beside that one. */
  otherStores?(options: Options): readonly StoreKind[];
  /** Whether `--` may be followed by words of another command. */
  readonly takesRest?: boolean;
  /** Checks everything that can be checked before the store opens. Throws usage errors. */
  parse(words: ParsedWords, session: Session): Options | Promise<Options>;
  /** Returns the exit code. */
  run(options: Options, session: Session): Promise<number>;
}

/** Where a command is found, without loading it. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Not shown in help: the program calls it itself. */
  readonly isInternal?: boolean;
  load(): Promise<Command<unknown>>;
}
