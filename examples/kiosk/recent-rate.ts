/** Frames per second of the last two seconds. */
export class RecentRate {
  readonly #times: number[] = [];

  /** A frame has come. @param time of `performance.now()`. */
  count(time: number): void {
    this.#times.push(time);
    while (this.#times[0] < time - 2000) this.#times.shift();
  }

  /** 0 where there were fewer than two. */
  get value(): number {
    const times = this.#times;
    const recent = times.filter((time) => time >= performance.now() - 2000);
    return recent.length < 2 ? 0 : ((recent.length - 1) * 1000) / (recent[recent.length - 1] - recent[0]);
  }
}
