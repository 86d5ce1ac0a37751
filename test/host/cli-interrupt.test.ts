import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectNoStack, onlyJson, root, runCli, startCli, temporaryFolder } from './cli-process.js';

const program = join(root, 'dist', 'cli', 'main.node.js');

describe('an interrupted run', () => {
  it('prints what was done, finishes the recording, exits with 130', async () => {
    const folder = join(temporaryFolder(), 'recording');
    const args = ['run', '--source', 'synthetic', '--frames', '100000', '--record', folder, '--verbose', '--json'];
    const { child, ended, said } = startCli(args);
    // Line 3 of --verbose: frames are being recorded.
    await said('     2');
    child.kill('SIGINT');
    const outcome = await ended;
    const output = onlyJson(outcome);
    expect(outcome.code).toBe(130);
    expect(output).toMatchObject({ model: 'conveyor', interrupted: true });
    expect(output.error).toBeUndefined();
    expect(output.frames).toBeGreaterThan(2);
    expect(output.results.length).toBe(output.frames);
    expect(output.stages.total.n).toBe(output.frames);

    const recording = JSON.parse(readFileSync(join(folder, 'recording.json'), 'utf8'));
    expect(recording.complete).toBe(true);
    expect(recording.frames).toBeGreaterThanOrEqual(output.frames);
    const replay = onlyJson(await runCli(['run', '--source', folder, '--frames', String(output.frames), '--json']));
    expect(replay.results).toEqual(output.results);
  });

  it('does so while the model is being loaded', async () => {
    const { child, ended, said } = startCli(['run', '--source', 'synthetic', '--debug']);
    await said('reflexarc: model');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expectNoStack(stderr);
  });

  it('ends an endless run for people, too', async () => {
    const { child, ended, said } = startCli(['run', '--source', 'synthetic', '--verbose']);
    await said('     5');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.');
    expect(stdout).toContain('overhead');
  });

  it('ends a bench, which has nothing to show by then', async () => {
    const { child, ended, said } = startCli(['bench', 'pipeline', '--frames', '100000', '--repeats', '1', '--json']);
    await said('frames');
    child.kill('SIGINT');
    const outcome = await ended;
    expect(outcome.code).toBe(130);
    expect(onlyJson(outcome)).toEqual({ interrupted: true });
  });

  it('takes a signal that comes twice at once, as one Ctrl-C does under npm, for one', async () => {
    const { child, ended, said } = startCli(['run', '--source', 'synthetic', '--verbose']);
    await said('     1');
    child.kill('SIGINT');
    // So that both are delivered: of two that wait, the system keeps one.
    await said('SIGINT: finishing');
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.');
  });

  it('exits with 143 on SIGTERM', async () => {
    const { child, ended, said } = startCli(['run', '--source', 'synthetic', '--verbose']);
    await said('     1');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
  });
});

describe('a reader that goes away', () => {
  it('is a quiet end', async () => {
    const command = `"${process.execPath}" "${program}" run --source synthetic --jsonl | head -n 2; echo "exit $\{PIPESTATUS[0]}"`;
    const shell = spawn('bash', ['-c', command], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    shell.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    shell.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    await new Promise((resolve) => shell.once('close', resolve));
    const [first, second, status] = stdout.trimEnd().split('\n');
    expect([JSON.parse(first).frame, JSON.parse(second).frame]).toEqual([0, 1]);
    expect({ status, stderr }).toEqual({ status: 'exit 0', stderr: '' });
  });
});
