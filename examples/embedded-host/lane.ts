import { createOverlay, type Host, type PlacedPipeline, type RuntimeId, serializeError } from 'reflexarc';
import { flag, make, setText } from '../kiosk/dom.js';
import { HostPicture } from '../kiosk/host-picture.js';
import { definitionOf, line } from './definition.js';
import { Hops } from './hops.js';

const showMs = 250;

/** One runtime at work: its picture, what it counted, and how long each hop took. */
export class Lane {
  readonly #runtime: RuntimeId;
  readonly #root: HTMLElement;
  readonly #picture: HTMLElement;
  readonly #hops: Hops;
  readonly #rates: number[] = [];
  #pipeline: PlacedPipeline | undefined;
  #passed = 0;
  #rejected = 0;

  /** @param root A copy of the lane's template, which becomes this lane. */
  constructor(runtime: RuntimeId, name: string, root: HTMLElement) {
    this.#runtime = runtime;
    this.#root = root;
    root.dataset.runtime = runtime;
    setText(this.#part('name'), name);
    this.#picture = this.#part('picture');
    this.#hops = new Hops(this.#part('hops') as HTMLTableSectionElement, this.#part('total'));
  }

  /** Runs until the pipeline ends or fails; never rejects. */
  async run(host: Host, camera: string): Promise<void> {
    this.#say('starting', 'Starting …');
    this.#part('problem').hidden = true;
    const canvas = make('canvas');
    const layer = make('canvas', { class: 'overlay' });
    this.#picture.replaceChildren(canvas, layer);
    const shown = new HostPicture(canvas, createOverlay(layer, { picture: canvas, lines: [line] }));
    const timer = setInterval(() => this.#show(), showMs);
    try {
      const pipeline = await host.createPipeline(definitionOf(camera, this.#runtime), {
        sinks: [shown],
        preview: (picture) => shown.show(picture),
        previewQuality: { rate: 8, maxSide: 800 },
        onProgress: (phase) => this.#say('starting', phase === 'ready' ? 'Ready' : `Starting: ${phase} …`),
        onEvent: ({ type }) => {
          if (type === 'reject') this.#rejected++;
          else this.#passed++;
        },
        // A frame that went with its process is counted by the pipeline; the others go on.
        onFault: () => {},
        onHealth: (health) => {
          if (health.type === 'restarting') this.#say('trouble', `Lost (${health.reason}), coming back …`);
          if (health.type === 'stalled') this.#say('trouble', 'No picture from the camera');
          if (health.type === 'ended') this.#explain(health.message);
          if (health.type === 'restored' || health.type === 'resumed') this.#say('running', 'Running');
        },
      });
      this.#pipeline = pipeline;
      this.#say('running', 'Running');
      for await (const result of pipeline.run()) {
        this.#hops.add(result);
        this.#rates.push(performance.now());
      }
      this.#say('stopped', 'Ended');
    } catch (error) {
      const { message, remedy } = serializeError(error);
      this.#say('failed', 'Stopped by a failure');
      this.#explain(remedy && !message.includes(remedy) ? `${message} ${remedy}` : message);
    } finally {
      clearInterval(timer);
      this.#show();
      await this.#pipeline?.close();
    }
  }

  #explain(text: string): void {
    const problem = this.#part('problem');
    setText(problem, text);
    problem.hidden = false;
  }

  #show(): void {
    const pipeline = this.#pipeline;
    if (!pipeline) return;
    this.#hops.show(pipeline.transit);
    const now = performance.now();
    while (this.#rates[0] < now - 2000) this.#rates.shift();
    const { info, stats, children = [] } = pipeline;
    const { runtime, version, device, threads } = info.runtime;
    const child = children.at(-1);
    const facts: Record<string, string> = {
      Runtime: `${runtime} ${version}`,
      'Runs on': `${device} · ${threads} thread${threads === 1 ? '' : 's'}`,
      Process: child ? `${child.pid ?? 'none'} · ${child.state}` : '–',
      Replaced: `${stats.restarts} ×`,
      Frames: `${stats.frames} · ${(this.#rates.length / 2).toFixed(1)} fps`,
      Missed: `${stats.drops.queue + stats.drops.stale}`,
      Passed: `${this.#passed}`,
      Rejected: `${this.#rejected}`,
    };
    const list = this.#part('facts');
    if (list.childElementCount === 0) {
      for (const name of Object.keys(facts)) list.append(make('div', {}, make('dt', {}, name), make('dd')));
    }
    Object.values(facts).forEach((text, i) => {
      setText(list.children[i].lastElementChild as Element, text);
    });
  }

  #say(state: string, text: string): void {
    this.#root.dataset.state = state;
    setText(this.#part('status'), text);
    flag(this.#root, 'data-trouble', state === 'trouble' || state === 'failed');
  }

  #part(name: string): HTMLElement {
    const found = this.#root.querySelector<HTMLElement>(`[data-part=${name}]`);
    if (!found) throw new Error(`the template has no part ${name}`);
    return found;
  }
}
