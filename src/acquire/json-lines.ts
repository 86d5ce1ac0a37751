import type * as v from 'valibot';
import { SourceError } from '../core/error.js';
import { parse } from '../core/parse.js';

/**
 * Reads a text of JSON lines, each checked against a schema.
 * @param options.tornEnd Whether a last line without its line feed is what an interrupted writer left, and is passed over.
 * @throws {SourceError} ERR_SOURCE naming the first bad line, from 1; `details.line` holds it.
 */
export function parseJsonLines<S extends v.GenericSchema>(
  text: string,
  schema: S,
  subject: string,
  options: { tornEnd: boolean },
): v.InferOutput<S>[] {
  const lines = text.split('\n');
  const last = lines.pop();
  // A whole file ends with a line feed.
  if (last && !options.tornEnd) lines.push(last);
  return lines.map((line, index) => {
    const where = `${subject}:${index + 1}`;
    const details = { line: index + 1 };
    return parse(schema, parseJson(line, where, details), where, (report) => {
      return new SourceError({ ...report, details: { ...report.details, ...details } });
    });
  });
}

/** `JSON.parse` with our error. @throws {SourceError} ERR_SOURCE */
export function parseJson(text: string, subject: string, details?: Record<string, unknown>): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SourceError({
      subject,
      expected: 'JSON',
      received: text.trim() === '' ? 'nothing' : `"${text.slice(0, 40).replace(/[^\x20-\x7e]/g, '?')}"`,
      details,
      cause,
    });
  }
}
