import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AskOptions } from '../../src/host/ask-process.node.js';
import type { ProbeReport } from '../../src/infer/runtime.js';
import { compileLoadFault } from '../load-fault.js';
import { buildOpenVinoDouble, haveCompiler } from '../openvino-double.js';
import { onlyJson, runCli, startCli } from './cli-process.js';

const built = new URL('../../dist/host/probe-runtimes.node.js', import.meta.url).href;
const { probeRuntimes }: typeof import('../../src/host/probe-runtimes.node.js') = await import(built);

type Reports = Record<string, ProbeReport>;
const byId = (reports: ProbeReport[]): Reports => Object.fromEntries(reports.map((report) => [report.id, report]));

/** What the reports are where OpenVINO's library does something when it is loaded. */
async function probeWith(body: string, options?: AskOptions, behind?: string): Promise<Reports> {
  using fault = compileLoadFault(body, behind);
  vi.stubEnv('REFLEXARC_OPENVINO_LIBRARY', fault.library);
  return byId(await probeRuntimes(options));
}

/** Processes whose environment, as far as a child gets it, holds the mark. */
function marked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
    } catch {
      return false;
    }
  });
}

describe.skipIf(!haveCompiler || process.platform !== 'linux')('probes of runtimes', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('a library that aborts when it is loaded harms no other runtime', async () => {
    const reports = await probeWith('fputs("no such chip\\n", stderr); abort();');
    expect(reports['onnx-web'].status).toBe('works');
    expect(reports['onnx-native'].status).toBe('works');
    expect(reports.openvino).toMatchObject({ status: 'unavailable', version: null, devices: [] });
    expect(reports.openvino.problem).toMatch(/ended with SIGABRT.*printed last: "no such chip"/);
    expect(reports.openvino.remedy).toContain('REFLEXARC_OPENVINO_LIBRARY');
  });

  it('a library that ends the process is told of', async () => {
    const { openvino } = await probeWith('_exit(0);');
    expect(openvino).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('exit code 0') });
  });

  it('a library that prints lines works as one that does not', async () => {
    const double = await buildOpenVinoDouble();
    const reports = await probeWith('puts("hello"); puts("{}"); fflush(stdout);', {}, double);
    for (const { status } of Object.values(reports)) expect(status).toBe('works');
    expect(reports.openvino.devices[0]).toMatch(/^CPU/);
  });

  it('a library that hangs is ended when its time is over', async () => {
    const reports = await probeWith('puts("loading"); fflush(stdout); for (;;) pause();', { timeoutMs: 3000 });
    expect(reports.openvino).toMatchObject({
      status: 'unavailable',
      problem: expect.stringMatching(/did not answer in 3 s; printed last: "loading"/),
    });
  });

  it('a library sees no secret of the host', async () => {
    vi.stubEnv('NPM_TOKEN', 'secret');
    const show = 'fprintf(stderr, "HOME is %s, NPM_TOKEN is %s\\n", getenv("HOME"), getenv("NPM_TOKEN")); abort();';
    const { openvino } = await probeWith(show);
    expect(openvino.problem).toContain(`HOME is ${process.env.HOME}, NPM_TOKEN is (null)`);
  });

  it('an abort of the caller ends them all', async () => {
    const reports = await probeWith('for (;;) pause();', { signal: AbortSignal.timeout(500) });
    expect(reports.openvino).toMatchObject({ status: 'unavailable', problem: expect.stringMatching(/Timeout/) });
  });

  it('doctor says what became of a bad library, and of the rest', async () => {
    using fault = compileLoadFault('fputs("no such chip\\n", stderr); abort();');
    const env = { REFLEXARC_OPENVINO_LIBRARY: fault.library, REFLEXARC_KERNEL_LIBRARY: fault.library };
    const outcome = await runCli(['doctor', '--json'], { env });
    const { runtimes, tools } = onlyJson(outcome);
    expect(outcome.code).toBe(0);
    const { openvino, ...others } = byId(runtimes);
    expect(openvino).toMatchObject({ status: 'unavailable', problem: expect.stringContaining('SIGABRT') });
    expect(others['onnx-web'].status).toBe('works');
    expect(tools.find(({ id }: { id: string }) => id === 'native kernels')).toMatchObject({
      status: 'unavailable',
      problem: expect.stringContaining('SIGABRT'),
      remedy: 'Install the package again.',
    });
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'a doctor that is ended by %s leaves no library that hangs behind',
    async (signal) => {
      using fault = compileLoadFault('for (;;) pause();');
      const mark = `C.reflexarc-${process.pid}-${signal}`;
      const env = { REFLEXARC_OPENVINO_LIBRARY: fault.library, LC_ALL: mark };
      const { child, ended } = startCli(['doctor'], { env });
      const mapped = () =>
        marked(mark).some((pid) => readFileSync(`/proc/${pid}/maps`, 'utf8').includes(fault.library));
      await vi.waitUntil(mapped, { timeout: 30_000, interval: 100 });
      child.kill(signal);
      await ended;
      await vi.waitUntil(() => marked(mark).length === 0, { timeout: 10_000, interval: 100 });
    },
  );
});
