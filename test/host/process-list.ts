import { readdirSync, readFileSync } from 'node:fs';

/** Processes of this machine in whose arguments or environment a text stands, each as `PID arguments`. */
export function processesThatShow(text: string, files: readonly ('cmdline' | 'environ')[] = ['cmdline', 'environ']) {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && files.some((file) => contentOf(pid, file).includes(text)))
    .map((pid) => `${pid} ${contentOf(pid, 'cmdline').replaceAll('\0', ' ')}`);
}

// Nothing of a process that has just ended, or of one that this user may not look at.
function contentOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** A process and all that it has started, each as `PID start`: a number alone may go to another. */
export function familyOf(pid: number): string[] {
  const all = readdirSync('/proc').flatMap((name) => {
    // After the name of the program, which may hold anything: state, parent, …; the 22nd of all is when it was started.
    const [, rest] = /^.*\) (.*)$/s.exec(contentOf(name, 'stat')) ?? [];
    const fields = rest?.split(' ') ?? [];
    // One that has ended and that nobody has asked about is none.
    const runs = /^\d+$/.test(name) && fields.length > 20 && fields[0] !== 'Z';
    return runs ? [{ pid: Number(name), parent: Number(fields[1]), start: fields[19] }] : [];
  });
  const family = new Set([pid]);
  // Numbers may begin anew: a child's is not always higher than its parent's.
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => family.has(one.pid)).map(({ pid: number, start }) => `${number} ${start}`);
}

/** Those of them that still run. */
export function stillRunning(family: readonly string[]): string[] {
  return family.filter((one) => familyOf(Number(one.split(' ')[0])).includes(one));
}
