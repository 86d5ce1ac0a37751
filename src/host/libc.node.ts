import { constants } from 'node:os';
import { UnsupportedError } from '../core/error.js';
import { type Ffi, type FfiFunction, loadFfi } from '../core/ffi.node.js';

/** The few functions of the C library that a host needs and Node has not. All numbers are the same on x86-64 and ARM64. */
export interface Libc {
  readonly ffi: Ffi;
  readonly memfdCreate: FfiFunction;
  readonly ftruncate: FfiFunction;
  readonly fcntl: FfiFunction;
  readonly flock: FfiFunction;
  readonly mmap: FfiFunction;
  readonly munmap: FfiFunction;
  readonly mlock2: FfiFunction;
  readonly prctl: FfiFunction;
  readonly setrlimit: FfiFunction;
  readonly getrlimit: FfiFunction;
  readonly schedSetaffinity: FfiFunction;
  readonly schedSetscheduler: FfiFunction;
  readonly setpriority: FfiFunction;
  readonly gettid: FfiFunction;
  /** Ends the process at once: no destructors run beneath threads that still compute. */
  readonly exit: FfiFunction;
  /** Name of the error of the last call, e.g. `EPERM`. */
  errorName(): string;
}

let loaded: Promise<Libc> | undefined;

/**
 * Binds them, once per thread. @param purpose what they are for, for the message.
 * @throws {UnsupportedError} ERR_UNSUPPORTED no Linux, or koffi is not there.
 */
export function loadLibc(purpose: string): Promise<Libc> {
  loaded ??= bind(purpose).catch((error) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function bind(purpose: string): Promise<Libc> {
  if (process.platform !== 'linux') {
    throw new UnsupportedError({
      subject: purpose,
      expected: 'Linux',
      received: process.platform,
      remedy: 'Run the pipeline with createPipeline().',
      details: { supported: ['linux'] },
    });
  }
  if (process.versions.electron) {
    throw new UnsupportedError({
      subject: purpose,
      expected: 'plain Node',
      received: `Electron ${process.versions.electron}, whose engine sees no memory but its own`,
      remedy: 'Start `reflexarc host` as a process of its own.',
      details: { supported: ['node'] },
    });
  }
  const ffi = await loadFfi(purpose);
  const libc = ffi.load(null);
  return {
    ffi,
    memfdCreate: libc.func('int memfd_create(const char *name, unsigned int flags)'),
    ftruncate: libc.func('int ftruncate(int fd, int64_t length)'),
    fcntl: libc.func('int fcntl(int fd, int command, ...)'),
    flock: libc.func('int flock(int fd, int operation)'),
    mmap: libc.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)'),
    munmap: libc.func('int munmap(void *address, size_t length)'),
    mlock2: libc.func('int mlock2(const void *address, size_t length, unsigned int flags)'),
    prctl: libc.func('int prctl(int option, ...)'),
    setrlimit: libc.func('int setrlimit(int resource, const uint64_t *limits)'),
    getrlimit: libc.func('int getrlimit(int resource, _Out_ uint64_t *limits)'),
    schedSetaffinity: libc.func('int sched_setaffinity(int thread, size_t bytes, const uint8_t *mask)'),
    schedSetscheduler: libc.func('int sched_setscheduler(int thread, int policy, const int *priority)'),
    setpriority: libc.func('int setpriority(int which, unsigned int who, int niceness)'),
    gettid: libc.func('int gettid()'),
    exit: libc.func('void _exit(int code)'),
    errorName: () => nameOf(ffi.errno()),
  };
}

function nameOf(errno: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === errno);
  return found ? found[0] : `error ${errno}`;
}
