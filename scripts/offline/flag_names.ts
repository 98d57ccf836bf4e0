/** The flags that a call of `parseArgs` declares, each under one name however many aliases it has. */

type Names = string | readonly string[] | undefined;

interface Declarations {
  boolean?: Names;
  string?: Names;
  collect?: Names;
  alias?: Readonly<Record<string, string | readonly string[]>>;
}

/** Answers what is known of a flag; every question takes the flag's own name, see {@linkcode FlagNames.own}. */
export class FlagNames {
  /** Each flag's other names, by its own name. */
  readonly aliases: Record<string, string[]> = {};
  /** The flags that take no value. */
  readonly booleans: ReadonlySet<string>;
  /** The flags whose values stay strings; "_" may be among them. */
  readonly strings: ReadonlySet<string>;
  readonly #collected: ReadonlySet<string>;
  readonly #ownNames = new Map<string, string>();

  constructor(declared: Declarations) {
    for (const [name, others] of Object.entries(declared.alias ?? {})) {
      this.aliases[name] = [others].flat();
      for (const each of this.aliases[name]) this.#ownNames.set(each, name);
    }
    this.booleans = this.#ownSet(declared.boolean);
    this.strings = this.#ownSet(declared.string);
    this.#collected = this.#ownSet(declared.collect);
  }

  #ownSet(names: Names): Set<string> {
    return new Set([names ?? []].flat().filter((name) => name !== "").map((name) => this.own(name)));
  }

  /** A flag's own name, given that or an alias; an undeclared name is its own. */
  own(name: string): string {
    return this.#ownNames.get(name) ?? name;
  }

  /** All names of a flag. */
  group(name: string): string[] {
    return [name, ...this.aliases[name] ?? []];
  }

  /** Whether the flag takes no value. */
  isBoolean(name: string): boolean {
    return this.booleans.has(name);
  }

  /** Whether the flag's values stay strings. */
  isString(name: string): boolean {
    return this.strings.has(name);
  }

  /** Whether the flag's values come as an array. */
  isCollected(name: string): boolean {
    return this.#collected.has(name);
  }

  /** Whether any option mentions the flag. */
  isDeclared(name: string): boolean {
    return this.isBoolean(name) || this.isString(name) || this.isCollected(name) ||
      Object.hasOwn(this.aliases, name);
  }

  /** The given defaults, by the flags' own names. */
  defaults(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [this.own(name), value]));
  }

  /** The collected flags that must be empty arrays: those with a type and, among `present`, no default. */
  emptyCollections(present: readonly string[]): string[] {
    return [...this.#collected].filter((name) =>
      (this.isBoolean(name) || this.isString(name)) && !present.includes(name)
    );
  }
}
