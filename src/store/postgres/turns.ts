import { StoreUnavailable } from "../../core/errors.ts";
import type { SqlRow } from "../rows.ts";
import type { Programs } from "../statistics.ts";
import type { PgValue } from "./client.ts";
import { type Turn, turnOf, type TurnRequest, turnsText, turnValues } from "./turn.ts";

/** A turn that waits until those before it are over. */
interface Waiting {
  readonly values: readonly PgValue[];
  readonly marks: readonly string[];
  readonly answer: PromiseWithResolvers<Turn>;
}

/** How many turns go by one statement at most. */
const mostAtOnce = 16;
const texts = Array.from({ length: mostAtOnce }, (_, index) => turnsText(index + 1));

type Write = (text: string, ...values: PgValue[]) => Promise<SqlRow[]>;

/**
 * The turns of one process. While some are under way, those that come are gathered and then sent as one: a commit for
 * all of them costs as much as one for each. None is answered before it is committed.
 */
export class Turns {
  readonly #write: Write;
  readonly #waiting: Waiting[] = [];
  readonly #programs: Programs;
  #isUnderWay = false;

  constructor(write: Write, programs: Programs) {
    this.#write = write;
    this.#programs = programs;
  }

  take({ settle, claim }: TurnRequest): Promise<Turn> {
    const marks = Array.from({ length: claim?.limit ?? 0 }, () => claim!.newMark());
    const answer = Promise.withResolvers<Turn>();
    this.#waiting.push({ values: turnValues({ settle, claim }, marks, this.#programs), marks, answer });
    void this.#sendAll();
    return answer.promise;
  }

  async #sendAll(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, mostAtOnce));
    this.#isUnderWay = false;
  }

  async #send(turns: readonly Waiting[]): Promise<void> {
    let rows: SqlRow[];
    try {
      rows = await this.#write(texts[turns.length - 1]!, ...turns.flatMap(({ values }) => values));
    } catch (error) {
      return await this.#sendApart(turns, error);
    }
    for (const [turn, { marks, answer }] of turns.entries()) {
      answer.resolve(turnOf(rows.filter((row) => row.turn === turn), marks));
    }
  }

  /** What the server refuses of one must not keep the others. */
  async #sendApart(turns: readonly Waiting[], error: unknown): Promise<void> {
    if (turns.length > 1 && !(error instanceof StoreUnavailable)) {
      for (const turn of turns) await this.#send([turn]);
    } else {
      for (const { answer } of turns) answer.reject(error);
    }
  }
}
