import type { Result } from '../../../../src/core/result.js';
import { WebSocketSink, type WebSocketSinkStats } from '../../../../src/respond/websocket-sink.web.js';

let sink: WebSocketSink | undefined;

/** Opens a sink to this address. */
export function open(url: string): void {
  sink = new WebSocketSink(url, { backoffMs: [50, 200], capacity: 8 });
  sink.open();
}

/** Sends results for these frames, with as many items as asked for. */
export function send(from: number, to: number, items = 1): WebSocketSinkStats {
  for (let frame = from; frame < to; frame++) sink?.result(resultOf(frame, items));
  return stats();
}

export function stats(): WebSocketSinkStats {
  if (!sink) throw new Error('open first');
  return sink.stats;
}

/** Closes the sink and gives its last figures. */
export async function close(): Promise<WebSocketSinkStats> {
  await sink?.close();
  return stats();
}

function resultOf(frame: number, items: number): Result {
  const spans = { acquire: 0, queue: 0, preprocess: 0, infer: 0, postprocess: 0, respond: 0, overhead: 0, total: 0 };
  const item = { box: { x: 1, y: 2, width: 3, height: 4 }, score: 0.5, classId: 4, label: 'Mütter' };
  return {
    frame,
    timestamp: frame,
    width: 8,
    height: 8,
    items: Array.from({ length: items }, () => item),
    events: [],
    spans,
    late: false,
  };
}
