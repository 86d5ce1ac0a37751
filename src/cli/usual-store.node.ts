import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './usage-error.js';

/** Where models are kept if nobody says otherwise; nowhere where the user has no home folder, as in some containers. */
export function usualStore(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_DATA_HOME: data } = environment;
  const home = data ? undefined : homeFolder();
  const folder = data || (home && join(home, '.local', 'share'));
  return folder ? join(folder, 'reflexarc', 'store') : undefined;
}

/** The folder that `--store` names, or the usual one. @throws {UsageError} ERR_ARGUMENT there is neither. */
export function requireStore(store: string | undefined): string {
  if (store !== undefined) return store;
  throw new UsageError({
    subject: '--store',
    expected: 'a folder',
    received: 'none, and this user has no home folder',
    remedy: 'Give one with --store, or set HOME.',
  });
}

function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    // No HOME, and no entry for the user in the system's list.
    return undefined;
  }
}
