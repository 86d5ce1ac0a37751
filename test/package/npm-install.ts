import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** npm's program here. */
export const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const quick = ['--prefer-offline', '--fetch-retries=1', '--ignore-scripts', '--no-audit', '--no-fund'];

/**
 * Installs packages into a folder that has a package.json; from npm's cache where that has them.
 * @returns why there is no network to get them from, or undefined. @throws where npm fails for another reason.
 */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<string | undefined> {
  try {
    await promisify(execFile)(npm, ['install', ...quick, '--no-package-lock', ...packages], { cwd: folder });
    return undefined;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const absent = /^.*(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED).*$/m.exec(stderr);
    if (!absent) throw new Error(`npm install failed:\n${stderr || error}`);
    return absent[0];
  }
}
