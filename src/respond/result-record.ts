import type { Result } from '../core/result.js';

/** A result as one line of JSON holds it. */
export type ResultRecord = Omit<Result, 'spans' | 'late'> & Partial<Pick<Result, 'spans' | 'late'>>;

/**
 * A result as plain data with its keys in a fixed order. Without timings, equal results give equal text: that is what a
 * replay is compared by.
 */
export function resultRecord(result: Result, options: { timings: boolean }): ResultRecord {
  const { frame, timestamp, source, width, height, items, events } = result;
  const record: ResultRecord = {
    frame,
    timestamp,
    ...(source === undefined ? {} : { source }),
    width,
    height,
    items: items.map((item) => {
      const { score, classId, label } = item;
      if (!('box' in item)) return { score, classId, label };
      const { x, y, width, height } = item.box;
      const detection = { box: { x, y, width, height }, score, classId, label };
      return item.trackId === undefined ? detection : { ...detection, trackId: item.trackId };
    }),
    events,
  };
  return options.timings ? { ...record, spans: result.spans, late: result.late } : record;
}
