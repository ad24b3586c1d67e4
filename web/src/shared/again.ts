/** Again and again, but later and later. */
import { Broken, Unreachable } from "./ask.ts";

export const [SHORTEST, LONGEST] = [250, 30_000];

/** How often the server may break at the same thing until that is likely to be the reason. */
const BREAKS = 10;

/** Milliseconds before try number `retry`, a little different for each of many clients that a restart cut off. */
export function pause(retry: number, chance: number, longest = LONGEST): number {
  return Math.min(SHORTEST * 2 ** retry, longest) * (0.5 + chance / 2);
}

/** What may be tried again: whatever found no answer, but what the server breaks at only so often. */
export class Patience {
  private breaks = 0;

  /** Whether to try again after `error`. */
  bears(error: unknown): boolean {
    if (error instanceof Broken) this.breaks += 1;
    return error instanceof Unreachable && this.breaks < BREAKS;
  }

  /** Something else is tried from now on. */
  renew(): void {
    this.breaks = 0;
  }
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

  /** There is something to do, after the rest if one is under way. */
  go(): void {
    this.isWanted = true;
    if (!this.isUnderWay && !this.isStopped && this.resting === undefined) void this.run();
  }

  /** There is something to do that somebody waits for: it is tried without a rest. */
  now(): void {
    this.wake();
    this.go();
  }

  /** The server is back: begin at once, with short pauses. */
  hurry(): void {
    this.retry = 0;
    this.now();
  }

  stop(): void {
    this.isStopped = true;
    this.wake();
  }

  private wake(): void {
    clearTimeout(this.resting);
    this.resting = undefined;
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
      if (!this.isStopped) this.resting = setTimeout(() => this.now(), pause(this.retry++, Math.random()));
    } finally {
      this.isUnderWay = false;
    }
  }
}
