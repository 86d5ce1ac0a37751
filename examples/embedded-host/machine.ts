import type { Host, HostStatus, SensorReading } from 'reflexarc';
import { byId, make, setText } from '../kiosk/dom.js';

const askMs = 2000;
/** The kinds that say how warm, hungry and held back a machine is come first. */
const order: readonly SensorReading['kind'][] = ['temperature', 'power', 'throttling', 'clock', 'load'];
/** More rows say less. */
const most = 12;

/** What the sensors of the host's machine say. */
export class Machine {
  readonly #readings = byId('readings', HTMLElement);

  /** Asks again and again, until the connection is closed. */
  async follow(host: Host): Promise<void> {
    while (host.state === 'open' || host.state === 'lost') {
      // A host that is away is told of by the connection.
      const status = host.state === 'open' ? await host.status().catch(() => undefined) : undefined;
      if (status) this.#show(status);
      await new Promise((resolve) => setTimeout(resolve, askMs));
    }
  }

  #show({ sensors, version, pid, connections, pipelines }: HostStatus): void {
    const { machine, readings, problems } = sensors;
    setText(
      byId('machine', HTMLElement),
      `${machine ?? 'This machine'} · reflexarc ${version}, process ${pid} · ${connections} connection${connections === 1 ? '' : 's'}, ${pipelines.length} pipelines`,
    );
    const chosen = [...readings].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)).slice(0, most);
    this.#readings.replaceChildren(
      ...chosen.map(({ name, value, unit, path }) =>
        make(
          'div',
          { title: path },
          make('dt', {}, name),
          make(
            'dd',
            {},
            `${value.toFixed(unit === 'MHz' || unit === 'count' ? 0 : 1)} ${unit === 'count' ? '×' : unit}`,
          ),
        ),
      ),
    );
    const left = readings.length - chosen.length;
    const notes = [
      ...(readings.length === 0 ? ['No sensor of this machine gives a value.'] : []),
      ...(left > 0 ? [`and ${left} more: reflexarc host status --json`] : []),
      ...problems.slice(0, 3).map(({ path, message, remedy }) => `${path}: ${message}. ${remedy ?? ''}`),
    ];
    setText(byId('sensor-notes', HTMLElement), notes.join(' '));
  }
}
