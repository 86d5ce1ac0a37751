import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectNoStack, failureOf, root, runCli, temporaryFolder } from './cli-process.js';

const synthetic = ['run', '--source', 'synthetic'];

describe('the command line', () => {
  it('tells its version and helps', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
    for (const command of [
      [],
      ['run'],
      ['start'],
      ['bench', 'pipeline'],
      ['bench', 'memory'],
      ['doctor'],
      ['copy-assets'],
    ]) {
      const { code, stdout } = await runCli([...command, '--help']);
      expect({ command, code }).toEqual({ command, code: 0 });
      expect(stdout).toContain(`Usage: ${['reflexarc', ...command].join(' ')}`);
    }
  });

  it('shows its help and exits with 2 where it is given nothing', async () => {
    const { code, stderr } = await runCli([]);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: reflexarc');
  });

  it.each<[string, string[]]>([
    ['an unknown command', ['fly']],
    ['an unknown option', [...synthetic, '--frame', '3']],
    ['a missing source', ['run']],
    ['an option without its value', [...synthetic, '--frames']],
    ['frames that are no number', [...synthetic, '--frames', 'many']],
    ['a duration of nothing', [...synthetic, '--duration', '0']],
    ['a score beyond 1', [...synthetic, '--frames', '1', '--score-threshold', '1.5']],
    ['a preset that does not exist', [...synthetic, '--frames', '1', '--preset', 'ssd']],
    ['a runtime that does not exist', [...synthetic, '--frames', '1', '--runtime', 'onnx-web,magic']],
    ['a runtime without its device', [...synthetic, '--frames', '1', '--runtime', 'openvino:,onnx-web']],
    ['a runtime that is listed twice', [...synthetic, '--frames', '1', '--runtime', 'onnx-web,onnx-web']],
    ['an endless source without an end', synthetic],
    ['the synthetic camera’s settings for another source', ['run', '--source', 'README.md', '--seed', '2']],
    ['a bare model without a preset', [...synthetic, '--frames', '1', '--model', 'README.md']],
    ['a preset for a bundle', [...synthetic, '--frames', '1', '--model', 'src', '--preset', 'yolox']],
    ['a line without a tracker', [...synthetic, '--frames', '1', '--line', '0,0,1,1', '--track', 'none']],
    ['an unknown option of start', ['start', '--twice']],
    ['an unknown bench', ['bench', 'nothing']],
    ['a case that no bench knows', ['bench', 'preprocess', '--case', 'tiny']],
    ['a path that no bench knows', ['bench', 'preprocess', '--path', 'gpu']],
    ['two sinks in one folder', ['run', '--source', 'synthetic', '--record', 'out', '--annotate', './out']],
  ])('refuses %s with exit code 2', async (_name, args) => {
    failureOf(await runCli([...args, '--json']), 2, 'ERR_ARGUMENT');
  });

  it('refuses --json beside --jsonl', async () => {
    const { code, stderr } = await runCli([...synthetic, '--frames', '1', '--json', '--jsonl']);
    expect(code).toBe(2);
    expect(stderr).toContain('--jsonl');
  });

  it('tells people on stderr only, without a stack', async () => {
    const { code, stdout, stderr } = await runCli([...synthetic, '--frames', 'many']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--frames');
    expectNoStack(stderr);
    expect((await runCli([...synthetic, '--frames', 'many', '--debug'])).stderr).toMatch(/^\s+at /m);
  });

  it('ends --jsonl with the error in the summary', async () => {
    const { code, stdout } = await runCli(['run', '--source', 'nowhere', '--jsonl']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ summary: { error: { code: 'ERR_SOURCE' } } });
  });

  it('says what is wrong with files of options', async () => {
    const folder = temporaryFolder();
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const run = (...args: string[]) => runCli([...synthetic, '--frames', '1', '--json', ...args]);
    failureOf(await run('--preprocess', join(folder, 'absent.json')), 1, 'ERR_ARGUMENT');
    failureOf(await run('--preprocess', file('text.json', 'not JSON')), 1, 'ERR_ARGUMENT');
    const { error } = failureOf(await run('--preprocess', file('spec.json', '{"width":32}')), 1, 'ERR_ARGUMENT');
    expect(error.message).toContain('height');
    const bare = ['--model', file('model.onnx', ''), '--preset', 'yolox'];
    failureOf(await run(...bare, '--labels', file('empty.txt', '')), 1, 'ERR_ARGUMENT');
  });
});
