import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A library that does something when it is loaded, before anybody calls it. */
export interface LoadFault extends Disposable {
  /** Its path. */
  library: string;
}

/** Compiles one with gcc. @param body C statements. @param behind a library whose functions it has beside that. */
export function compileLoadFault(body: string, behind?: string): LoadFault {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-load-'));
  const library = join(folder, 'libfault.so');
  const headers = ['stdio.h', 'stdlib.h', 'unistd.h'].map((name) => `#include <${name}>\n`).join('');
  writeFileSync(
    join(folder, 'fault.c'),
    `${headers}__attribute__((constructor)) static void loaded(void) { ${body} }\n`,
  );
  const linked = behind === undefined ? [] : ['-Wl,--no-as-needed', behind];
  execFileSync('gcc', ['-Wall', '-Werror', '-fPIC', '-shared', '-o', library, join(folder, 'fault.c'), ...linked]);
  return { library, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
