/**
 * Random programs of what people and workers do, on each store and on a model of its rules: what a claim hands out is
 * what the rules say, limits hold after each step, and no job is lost or doubled.
 */

import fc from "fast-check";
import { messageOf } from "../../src/core/errors.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { Client } from "../../src/store/postgres/client.ts";
import type { Driver } from "../../src/store/sqlite/driver.ts";
import { loadableDrivers } from "../support/drivers.ts";
import { FixedClock } from "../support/fixed_clock.ts";
import { openTestStore } from "../support/open_store.ts";
import { inSchema, newSchemaName } from "../support/postgres.ts";
import { OwnServer } from "../support/own_server.ts";
import { searchServer, usualPlaces } from "../support/test_server.ts";
import { LimitPlay, type Played, type Tally } from "./limit_play.ts";
import { anyProgram } from "./limit_steps.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { inScratchFolder } from "./scratch.ts";

export const limits: Scenario = {
  name: "limits",
  summary: "random programs under limits: each store hands out what a model of the rules says",
  goesByTime: true,
  async run(trial) {
    const drivers = await loadableDrivers();
    const server = await searchServer({
      named: Deno.env.get("QUEUECTL_TEST_POSTGRES"),
      places: usualPlaces(Deno.env.get("USER")),
      startOwn: () => OwnServer.start(),
    });
    const share = trial.seconds / (drivers.length + 1);
    for (const driver of drivers) {
      await inScratchFolder(async (folder) => await playOnFile(trial, driver, { folder, seconds: share }));
    }
    if ("missing" in server) return trial.say(`not on PostgreSQL: ${server.missing}`);
    try {
      await playOnServer(trial, server.url, share);
    } finally {
      await server.stop();
    }
  },
};

async function playOnFile(
  trial: Trial,
  driver: Driver,
  { folder, seconds }: { readonly folder: string; readonly seconds: number },
): Promise<void> {
  const path = `${folder}/queue.sqlite`;
  const clock = new FixedClock();
  const store = await openTestStore(path, { driver, durability: "relaxed", clock: clock.now });
  const beside = driver.open(path, { readOnly: false, busyTimeoutMs: 1000 });
  try {
    await playMany(trial, `sqlite on ${driver.name}`, {
      ...{ store, clock, seconds, claimsRegate: true },
      empty: () => Promise.resolve(beside.exec(emptied.map((table) => `DELETE FROM ${table}`).join("; "))),
    });
  } finally {
    beside.close();
    await store.close();
  }
}

async function playOnServer(trial: Trial, url: string, seconds: number): Promise<void> {
  const schema = newSchemaName();
  const clock = new FixedClock();
  const place = inSchema(url, schema);
  const store = (await openPostgresStore({ url: place, access: "write", clock: clock.now }))!;
  const beside = new Client(url, { answerMs: 60_000 });
  try {
    await playMany(trial, "postgres", {
      ...{ store, clock, seconds, claimsRegate: false },
      empty: async () =>
        void await beside.query(emptied.map((table) => `DELETE FROM ${schema}.${table}`).join("; ")),
    });
  } finally {
    await store.close();
    await beside.query(`DROP SCHEMA ${schema} CASCADE`);
    await beside.close();
  }
}

/** Making a store takes longer than a program does, so one is emptied. */
const emptied = [
  ...["endings", "dependencies", "unique_keys", "outputs", "runs", "jobs"],
  ...["queues", "starts", "workers", "counters"],
];

interface Place extends Played {
  readonly seconds: number;
  readonly empty: () => Promise<void>;
}

/** How many steps a program has at most. */
const lengths = { short: 40, long: 150 };
/** How many programs there are at most, whatever the time. */
const mostPrograms = 1_000_000;

async function playMany(trial: Trial, where: string, place: Place): Promise<void> {
  const tally: Tally = { claims: 0, handedOut: 0, exact: 0 };
  let programs = 0;
  let steps = 0;
  const play = async (program: Parameters<LimitPlay["play"]>[0]) => {
    programs++;
    steps += program.length;
    await place.empty();
    await new LimitPlay(place, tally).play(program);
  };
  let playing: Promise<void> = Promise.resolve();
  const property = fc.asyncProperty(anyProgram(lengths[trial.size]), (program) => playing = play(program));
  const seed = trial.random.between(0, 2 ** 31 - 1);
  try {
    await fc.assert(property, {
      seed,
      numRuns: mostPrograms,
      interruptAfterTimeLimit: place.seconds * 1000,
      markInterruptAsFailure: false,
      includeErrorInReport: true,
    });
    // When the time is up one is under way, which is not waited for; its store must not go while it uses that.
    await playing;
  } catch (error) {
    await playing.catch(() => {});
    throw new Error(`${where}: ${messageOf(error)}`, { cause: error });
  }
  trial.say(`${where}: ${programs} programs`);
  trial.broke(`${where}: step of a random program`, steps);
  trial.checked(`${where}: a claim hands out exactly what the rules say`, tally.exact);
  trial.checked(`${where}: a claim hands out nothing that the rules forbid`, tally.claims);
  trial.checked(`${where}: a job that was handed out is as the model has it`, tally.handedOut);
  trial.checked(`${where}: the store's own check finds nothing, and no job is lost or doubled`, programs);
}
