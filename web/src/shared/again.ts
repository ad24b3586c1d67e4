/** Again and again, but later and later. */
import { Unreachable } from "./ask.ts";

export const [SHORTEST, LONGEST] = [250, 30_000];

/** Milliseconds before try number `retry`, a little different for each of many clients that a restart cut off. */
export function pause(retry: number, chance: number, longest = LONGEST): number {
  return Math.min(SHORTEST * 2 ** retry, longest) * (0.5 + chance / 2);
}

/** What is done until it is done, one step at a time: a step that found the server unreachable is taken again. */
export class Again {
  private readonly step: () => Promise<void>;
  private isWanted = false;
  private isUnderWay = false;
  private isStopped = false;
  private retry = 0;
  private resting: ReturnType<typeof setTimeout> | undefined;

  /** `step` does all that there is to do; it rejects with Unreachable where it could not. */
  constructor(step: () => Promise<void>) {
    this.step = step;
  }

  /** There is something to do. */
  go(): void {
    clearTimeout(this.resting);
    this.isWanted = true;
    if (!this.isUnderWay && !this.isStopped) void this.run();
  }

  /** The server is back: begin at once, with short pauses. */
  hurry(): void {
    this.retry = 0;
    this.go();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.resting);
  }

  private async run(): Promise<void> {
    this.isUnderWay = true;
    try {
      while (this.isWanted && !this.isStopped) {
        this.isWanted = false;
        await this.step();
        this.retry = 0;
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (!this.isStopped) this.resting = setTimeout(() => this.go(), pause(this.retry++, Math.random()));
    } finally {
      this.isUnderWay = false;
    }
  }
}
