/** A PostgreSQL server of the test's own, in a temporary folder, as an ordinary user. */

import { freePort, ordinaryUser } from "./own_process.ts";

export class OwnServer implements AsyncDisposable {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  readonly #uid: number | undefined;
  readonly #settings: readonly string[];
  #isRunning = false;

  private constructor(
    place: { readonly programs: string; readonly folder: string; readonly uid: number | undefined },
    settings: readonly string[],
  ) {
    this.port = freePort();
    this.#programs = place.programs;
    this.#folder = place.folder;
    this.#uid = place.uid;
    this.#settings = settings;
  }

  /** Makes one and starts it; null, which is said loudly, where PostgreSQL's programs are not on the machine. */
  static async start(settings: readonly string[] = []): Promise<OwnServer | null> {
    const server = await OwnServer.#make(settings);
    if (server === null) return null;
    await server.#call("initdb", "-D", server.#data, "-U", "tester", "-A", "trust", "--no-sync");
    await server.startAgain();
    return server;
  }

  static async #make(settings: readonly string[]): Promise<OwnServer | null> {
    const programs = await findPrograms();
    if (programs === null) {
      console.error("\n!!! not tested: PostgreSQL's programs (initdb, pg_ctl) are not on this machine\n");
      return null;
    }
    const uid = await ordinaryUser();
    // An ordinary user may not enter whatever folder root keeps its temporary files in.
    const within = uid === undefined ? {} : { dir: "/tmp" };
    const folder = await Deno.makeTempDir({ prefix: "queuectl-postgres-", ...within });
    if (uid !== undefined) await Deno.chown(folder, uid, uid);
    return new OwnServer({ programs, folder, uid }, settings);
  }

  get url(): string {
    return `postgres://tester@127.0.0.1:${this.port}/postgres`;
  }

  /** The same by its socket file. */
  get socketUrl(): string {
    return `postgres://tester@${encodeURIComponent(this.#folder)}:${this.port}/postgres`;
  }

  get #data(): string {
    return `${this.#folder}/data`;
  }

  /** A running standby of it. */
  async standby(): Promise<OwnServer> {
    const server = (await OwnServer.#make(this.#settings))!;
    await server.#call(
      "pg_basebackup",
      "-D",
      server.#data,
      "-d",
      this.url,
      "-R",
      "-X",
      "stream",
      "-c",
      "fast",
    );
    await server.startAgain();
    return server;
  }

  /** Makes the standby a primary. Returns when it accepts writes. */
  async promote(): Promise<void> {
    await this.#call("pg_ctl", "-D", this.#data, "-w", "promote");
  }

  /** Reads its settings again. */
  async reload(): Promise<void> {
    await this.#call("pg_ctl", "-D", this.#data, "reload");
  }

  /** `fast` cuts connections and writes everything down, `immediate` crashes. */
  async stop(mode: "fast" | "immediate"): Promise<void> {
    this.#isRunning = false;
    await this.#call("pg_ctl", "-D", this.#data, "-w", "-m", mode, "stop");
  }

  async startAgain(): Promise<void> {
    const settings = [
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${this.#folder}`,
      ...this.#settings,
    ];
    const options = [`-p ${this.port}`, ...settings.map((setting) => `-c ${setting}`)].join(" ");
    await this.#call("pg_ctl", "-D", this.#data, "-l", `${this.#folder}/log`, "-w", "-o", options, "start");
    this.#isRunning = true;
  }

  /** Returns when it answers again. */
  async restart(mode: "fast" | "immediate"): Promise<void> {
    await this.stop(mode);
    await this.startAgain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isRunning) await this.stop("immediate");
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #call(program: string, ...args: readonly string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command(`${this.#programs}/${program}`, {
      args: [...args],
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...(this.#uid === undefined ? {} : { uid: this.#uid, gid: this.#uid }),
    }).output();
    if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  }
}

async function findPrograms(): Promise<string | null> {
  // The links that some systems put on the PATH are not all of them.
  const script =
    `dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1 | grep . || command -v initdb)"`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).output();
  const folder = new TextDecoder().decode(stdout).trim();
  return folder.startsWith("/") ? folder : null;
}
