import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * No camera is plugged into machines that test: a program in front of ffmpeg on the PATH that gives a test picture where a video
 * device is asked for, and fails with ffmpeg's own words while it is unplugged. Everything else goes to ffmpeg as it is.
 */
export interface VideoDeviceStandIn extends Disposable {
  /** The PATH to give to whoever reads cameras. */
  path: string;
  /** The device ends, as one does whose cable is pulled, and cannot be opened. */
  unplug(message?: string): void;
  plug(): void;
  /** The device goes on and gives nothing. */
  freeze(): void;
  thaw(): void;
  /** How often it was opened. */
  readonly openings: number;
}

const ffmpeg = execFileSync('sh', ['-c', 'command -v ffmpeg']).toString().trim();

/** Makes one. @param change what the driver says of the mode, if it takes another one. */
export function standInForVideoDevice(change = ''): VideoDeviceStandIn {
  const folder = mkdtempSync(join(tmpdir(), 'reflexarc-v4l2-'));
  const file = (name: string) => join(folder, name);
  const script = `#!/bin/bash
case " $* " in *" -f v4l2 "*) ;; *) exec ${ffmpeg} "$@" ;; esac
echo x >> ${file('openings')}
args=(); size=640x480; rate=30
while [ $# -gt 0 ]; do
  case "$1" in
    -f) if [ "$2" = v4l2 ]; then shift 2; continue; fi ;;
    -ts|-input_format) shift 2; continue ;;
    -video_size) size=$2; shift 2; continue ;;
    -framerate) rate=$2; shift 2; continue ;;
    -i) device=$2; args+=(-re -f lavfi -i "testsrc2=size=$size:rate=$rate"); shift 2; continue ;;
  esac
  args+=("$1"); shift
done
if [ -e ${file('unplugged')} ]; then
  echo "[video4linux2,v4l2 @ 0x55d0c0] Cannot open video device $device: $(cat ${file('unplugged')})" >&2
  echo "$device: $(cat ${file('unplugged')})" >&2
  exit 1
fi
${change && `echo "[video4linux2,v4l2 @ 0x55d0c0] ${change}" >&2`}
echo $$ > ${file('pid')}
exec ${ffmpeg} "\${args[@]}"
`;
  writeFileSync(file('ffmpeg'), script);
  chmodSync(file('ffmpeg'), 0o755);
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(Number(readFileSync(file('pid'), 'utf8')), name);
    } catch {
      // It has ended.
    }
  };
  return {
    path: `${folder}:${process.env.PATH}`,
    unplug: (message = 'No such file or directory') => {
      writeFileSync(file('unplugged'), message);
      if (existsSync(file('pid'))) signal('SIGTERM');
    },
    plug: () => rmSync(file('unplugged')),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    get openings() {
      return existsSync(file('openings')) ? readFileSync(file('openings'), 'utf8').trim().split('\n').length : 0;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
