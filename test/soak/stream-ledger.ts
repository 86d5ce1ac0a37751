import type { Answers } from '../../src/bridge/answers.js';
import type { BridgeMessage } from '../../src/bridge/message.js';
import type { PipelineStats } from '../../src/pipeline/pipeline.js';

const newsTypes: readonly string[] = ['EVENT', 'FAULT', 'HEALTH'];

/**
 * Books of one stream, kept from its messages as they arrive: whether every frame that was asked for has a result or was told of as
 * lost, missed or dropped, and whether numbers and counters only rise.
 */
export class StreamLedger {
  /** What does not add up, in words. */
  readonly problems: string[] = [];
  results = 0;
  /** Results that were never sent, as the host told. */
  missed = 0;
  faults = 0;
  drops = 0;
  crossings = 0;
  rejects = 0;
  /** How the stream ended; undefined while it goes on. */
  closed: Answers['CLOSED'] | undefined;
  readonly #name: string;
  readonly #lossless: boolean;
  readonly #frames: number;
  // Numbers of the last result and the last news.
  #lastResult = 0;
  #lastNews = 0;
  // Every id before it is settled: of a result, told of, or in a gap.
  #next = 0;
  #gaps = 0;
  readonly #faulty = new Set<number>();
  #stats: PipelineStats | undefined;

  /** @param lossless no result may be missed and no frame dropped. @param frames that were asked for: the end of the source. */
  constructor(name: string, { lossless, frames }: { lossless: boolean; frames: number }) {
    this.#name = name;
    this.#lossless = lossless;
    this.#frames = frames;
  }

  /** Books a message of the stream. */
  take({ type, sequence, payload }: BridgeMessage): void {
    if (this.closed) this.#complain(`${type} after CLOSED`);
    else if (type === 'RESULT') this.#result(sequence, payload as Answers['RESULT']);
    else if (newsTypes.includes(type)) this.#news(sequence, payload as Answers['EVENT' | 'FAULT' | 'HEALTH']);
    else if (type === 'STATS') this.#figures((payload as Answers['STATS']).stats);
    else if (type === 'CLOSED') this.#close(payload as Answers['CLOSED']);
  }

  #result(sequence: number, { result, missed }: Answers['RESULT']): void {
    this.#number('result', sequence, this.#lastResult, missed);
    this.#lastResult = Math.max(this.#lastResult, sequence);
    this.results++;
    this.missed += missed;
    if (missed > 0 && this.#lossless) this.#complain(`${missed} results missed in a stream without losses`);
    const { frame } = result;
    if (frame < this.#next) this.#complain(`result of frame ${frame} after one of ${this.#next - 1}`);
    else {
      this.#settleUntil(frame);
      this.#next = frame + 1;
    }
    if (this.#faulty.delete(frame)) this.#complain(`frame ${frame} has a result and was told of as lost`);
  }

  #news(sequence: number, news: Answers['EVENT' | 'FAULT' | 'HEALTH']): void {
    this.#number('news', sequence, this.#lastNews, news.missed);
    this.#lastNews = Math.max(this.#lastNews, sequence);
    if (news.missed > 0) this.#complain(`${news.missed} news gone, for few that there are`);
    if ('fault' in news) this.#fault(news.fault.frame);
    else if ('event' in news && news.event.type === 'reject') this.rejects++;
    else if ('event' in news) this.crossings++;
  }

  #fault(frame: number): void {
    this.faults++;
    if (frame < this.#next || this.#faulty.has(frame))
      this.#complain(`frame ${frame} told of as lost, too late or twice`);
    else this.#faulty.add(frame);
  }

  // Frames since the last result, before this one: told of as lost, or a gap that drops and missed results explain.
  #settleUntil(frame: number): void {
    for (; this.#next < frame; this.#next++) {
      if (this.#faulty.delete(this.#next)) continue;
      this.#gaps++;
      if (this.#lossless) this.#complain(`frame ${this.#next} has neither a result nor a fault`);
    }
  }

  #number(what: string, sequence: number, last: number, missed: number): void {
    const gap = sequence - last - 1;
    if (gap < 0) this.#complain(`${what} ${sequence} after ${last}`);
    else if (gap !== missed) this.#complain(`${what} ${sequence} after ${last}, but ${missed} told as missed`);
  }

  #figures(stats: PipelineStats): void {
    const before = this.#stats ? countersOf(this.#stats) : {};
    for (const [name, count] of Object.entries(countersOf(stats))) {
      if (count < (before[name] ?? 0)) this.#complain(`${name} went from ${before[name]} to ${count}`);
    }
    this.#stats = stats;
  }

  #close(closed: Answers['CLOSED']): void {
    this.closed = closed;
    const { reason, stats } = closed;
    if (!stats) {
      this.#complain(`no figures at the end (${reason})`);
      return;
    }
    this.#figures(stats);
    // Who closes a stream gives up what is on its way.
    if (reason === 'ended') this.#balance(stats);
    this.drops = stats.drops.queue + stats.drops.stale;
  }

  // At the end of a source nothing is on its way: all accounts are equal.
  #balance({ frames, faults, drops, lines }: PipelineStats): void {
    const dropped = drops.queue + drops.stale;
    this.#settleUntil(Math.max(this.#frames, ...[...this.#faulty].map((frame) => frame + 1)));
    const counts = Object.values(lines);
    const sum = (count: (line: (typeof counts)[number]) => number) =>
      counts.reduce((all, line) => all + count(line), 0);
    const accounted = this.results + this.missed + this.faults + dropped;
    // What a camera gave while nobody read is beyond what was asked for, and told as dropped.
    if (accounted < this.#frames || (this.#lossless && accounted > this.#frames)) {
      this.#complain(`${accounted} of ${this.#frames} frames accounted for`);
    }
    this.#equal('results, sent and missed', this.results + this.missed, frames);
    this.#equal('faults', this.faults, faults);
    this.#equal('ids without result or fault', this.#gaps, this.missed + dropped);
    this.#equal(
      'crossings',
      this.crossings,
      sum(({ forward, backward }) => forward + backward),
    );
    this.#equal(
      'rejects',
      this.rejects,
      sum(({ rejected }) => rejected),
    );
    if (this.#lossless) this.#equal('drops', 0, dropped);
  }

  #equal(what: string, booked: number, told: number): void {
    if (booked !== told) this.#complain(`${what}: ${booked} by the messages, ${told} by the host's figures`);
  }

  #complain(problem: string): void {
    // The first few say what is wrong.
    if (this.problems.length < 20) this.problems.push(`${this.#name}: ${problem}`);
  }
}

function countersOf({ frames, faults, late, drops, restarts, lines }: PipelineStats): Record<string, number> {
  const counters: Record<string, number> = { frames, faults, late, dropped: drops.queue, stale: drops.stale, restarts };
  for (const [id, line] of Object.entries(lines)) {
    for (const [name, count] of Object.entries(line)) counters[`${id}.${name}`] = count;
  }
  return counters;
}
