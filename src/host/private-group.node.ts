import { readFile } from 'node:fs/promises';

/**
 * Whether nobody but one user, and root, is of a group, after this machine's own lists of users and groups. Debian and
 * others give each user such a group, and folders that it may write to.
 * @param own number of the user. @returns false for a group that the lists do not know.
 */
export async function isPrivateGroup(gid: number, own: number, folder = '/etc'): Promise<boolean> {
  const [users, groups] = await Promise.all([rowsOf(`${folder}/passwd`), rowsOf(`${folder}/group`)]);
  const group = groups.find(([, , number]) => Number(number) === gid);
  if (!group) return false;
  const listed = (group[3] ?? '').split(',').filter((name) => name !== '');
  const uidOf = (name: string) => users.find(([user]) => user === name)?.[2];
  const primary = users.filter(([, , , number]) => Number(number) === gid).map(([, , uid]) => uid);
  // A name that has no number here is somebody of another list.
  return [...listed.map(uidOf), ...primary].every((uid) => uid !== undefined && [0, own].includes(Number(uid)));
}

async function rowsOf(path: string): Promise<string[][]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((row) => row.length >= 4);
}
