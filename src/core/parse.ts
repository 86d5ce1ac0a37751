import * as v from 'valibot';
import { type ErrorReport, InvalidArgumentError } from './error.js';

/**
 * Checks data against a schema and fills in defaults.
 * @throws {InvalidArgumentError} ERR_ARGUMENT (or what `raise` makes) naming the first wrong path; `details.issues` lists all.
 */
export function parse<S extends v.GenericSchema>(
  schema: S,
  data: unknown,
  subject: string,
  raise: (report: ErrorReport) => Error = (report) => new InvalidArgumentError(report),
): v.InferOutput<S> {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const issues = result.issues.map((issue) => {
    const deepest = deepestIssue(issue);
    const path = v.getDotPath(deepest) ?? '';
    return {
      path,
      expected: wordsFor(deepest),
      received: deepest.received === 'undefined' ? 'nothing' : deepest.received,
    };
  });
  const [first] = issues;
  throw raise({
    subject: first.path ? `${subject}: ${first.path}` : subject,
    expected: first.expected,
    received: first.received,
    remedy:
      issues.length > 1
        ? `Correct it, and also: ${issues
            .slice(1, 6)
            .map(({ path, expected }) => `${path} (${expected})`)
            .join(', ')}${issues.length > 6 ? ', …' : ''}.`
        : 'Correct it.',
    details: { issues },
  });
}

// The schema's own message where we wrote one; the library's begin with "Invalid".
function wordsFor({ message, expected, type }: v.BaseIssue<unknown>): string {
  if (!message.startsWith('Invalid')) return message;
  if (expected === 'never') return 'no such key';
  if (type === 'integer') return 'a whole number';
  if (type === 'finite') return 'a finite number';
  if (type === 'non_empty') return 'something that is not empty';
  const limit = /^([<>]=?)(.*)$/.exec(expected ?? '');
  if (!limit) return expected ?? message;
  return `${{ '>=': 'at least', '>': 'more than', '<=': 'at most', '<': 'less than' }[limit[1]]} ${limit[2]}`;
}

// Of a union's branches, the one that got furthest says most.
function deepestIssue(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  if (issue.type !== 'union' && issue.type !== 'variant') return issue;
  let best = issue;
  let depth = issue.path?.length ?? 0;
  for (const sub of issue.issues ?? []) {
    const candidate = deepestIssue(sub);
    if ((candidate.path?.length ?? 0) > depth) {
      best = candidate;
      depth = candidate.path?.length ?? 0;
    }
  }
  return best;
}
