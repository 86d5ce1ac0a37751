import { type Command, Option } from 'commander';
import { type KernelTier, kernelTiers } from '../core/kernel-tier.js';
import { type ResampleFilter, resampleFilters } from '../core/resample-filter.js';
import type { RuntimeChoice } from '../core/runtime-choice.js';
import * as value from './option-values.js';
import { type RuntimeOptionsInput, runtimeOption } from './runtime-option.js';

/** Which model runs and how; shared by `run` and `bench pipeline`. */
export interface ModelOptions {
  model?: string;
  variant?: string;
  preset?: 'yolox' | 'classification';
  preprocess?: string;
  labels?: string;
  goldenCheck: boolean;
  runtime?: RuntimeChoice[];
  runtimeOption?: RuntimeOptionsInput;
  threads?: number;
  kernels?: 'auto' | KernelTier;
}

/** Settings of the synthetic camera; only with `--source synthetic`. */
export interface SyntheticOptions {
  seed?: number;
  size?: { width: number; height: number };
  speed?: number;
  noise?: number;
  light?: number;
  blur?: number;
  density?: number;
}

/** Where output goes; shared by all commands. */
export interface OutputOptions {
  json?: boolean;
  jsonl?: boolean;
  verbose?: boolean;
}

/** What `reflexarc run` was asked for. */
export interface RunOptions extends ModelOptions, SyntheticOptions, OutputOptions {
  source: string;
  filter?: ResampleFilter;
  scoreThreshold?: number;
  iouThreshold?: number;
  topK?: number;
  execution?: 'worker' | 'inline';
  slots?: 1 | 2;
  frames?: number;
  fps?: number;
  duration?: number;
  queue?: 'latest' | 'wait';
  deadline?: number;
  track?: 'sort' | 'none';
  line?: { from: { x: number; y: number }; to: { x: number; y: number } };
  reject?: string[];
  record?: string;
  annotate?: string;
}

const modelOptions: readonly Option[] = [
  new Option('--model <path>', "bundle's folder, or an ONNX file with --preset; default: the built-in conveyor model"),
  new Option('--variant <id>', 'variant of the bundle; default: its first'),
  new Option('--preset <name>', 'how a bare ONNX file is used').choices(['yolox', 'classification']),
  new Option('--preprocess <file>', 'preprocessing as JSON (a PreprocessSpec) instead of the model’s own'),
  new Option('--labels <file>', 'labels of a bare file: one per line, or a JSON array'),
  new Option('--no-golden-check', 'start although the golden sample was not compared'),
  new Option(
    '--runtime <ids>',
    'runtimes in order of preference, e.g. openvino:GPU,openvino:CPU; nothing else is tried',
  ).argParser(value.runtimes('--runtime')),
  new Option(
    '--runtime-option <runtime.option=value>',
    'option of a native runtime, e.g. onnx-native.providers=cuda,cpu; may be given again',
  ).argParser(runtimeOption('--runtime-option')),
  new Option('--threads <n>', 'threads of the runtime; default 1').argParser(value.wholeNumber('--threads', 1, 64)),
  new Option('--kernels <tier>', 'kernel tier; default: the fastest that runs here').choices(['auto', ...kernelTiers]),
];

const limitOptions: readonly Option[] = [
  new Option('--filter <name>', 'resize filter instead of the model’s own').choices(resampleFilters),
  new Option('--score-threshold <0…1>', 'leave out items below this score').argParser(
    value.numberBetween('--score-threshold', 0, 1),
  ),
  new Option('--iou-threshold <0…1>', 'boxes of a class that overlap more than this are one object').argParser(
    value.numberBetween('--iou-threshold', 0, 1),
  ),
  new Option('--top-k <n>', 'at most this many items per frame').argParser(value.wholeNumber('--top-k')),
];

const flowOptions: readonly Option[] = [
  new Option('--frames <n>', 'end after this many frames').argParser(value.wholeNumber('--frames')),
  new Option('--duration <time>', 'end after this time: 60 or 60s, 2m, 500ms').argParser(value.duration('--duration')),
  new Option('--fps <rate>', 'pace the source like a camera of this rate').argParser(value.positiveNumber('--fps')),
  new Option(
    '--queue <policy>',
    'latest: drop what is overtaken; wait: process all; default: latest with --fps',
  ).choices(['latest', 'wait']),
  new Option('--deadline <ms>', 'drop frames that are older than this before inference').argParser(
    value.positiveNumber('--deadline', 'ms'),
  ),
  new Option('--execution <where>', 'run the model in a worker thread (default) or inline').choices([
    'worker',
    'inline',
  ]),
  new Option('--slots <n>', 'frames in flight, 1 or 2; default 2').argParser(
    (text) => value.wholeNumber('--slots', 1, 2)(text) as 1 | 2,
  ),
];

const arcOptions: readonly Option[] = [
  new Option('--track <name>', 'follow objects; default sort for conveyors and with --line').choices(['sort', 'none']),
  new Option('--line <x1,y1,x2,y2>', 'count objects at this line, in fractions of the frame').argParser(
    value.line('--line'),
  ),
  new Option('--reject <labels>', 'labels to reject at the line; *-defective matches endings').argParser(
    value.list('--reject'),
  ),
  new Option('--record <dir>', 'write pictures, results and truth to an absent or empty folder'),
  new Option('--annotate <dir>', 'write pictures (or the video) with boxes, labels and ids'),
];

/** Settings of the synthetic camera, for `run` and `bench pipeline`. */
const syntheticOptions: readonly Option[] = [
  new Option('--seed <n>', 'seed of the synthetic scene; default 1').argParser(
    value.wholeNumber('--seed', 0, 0xffffffff),
  ),
  new Option('--size <WxH>', 'size of synthetic frames; default 1280x720').argParser(value.size('--size')),
  new Option('--speed <px/s>', 'belt speed at 1280 px width; default 300').argParser(
    value.numberBetween('--speed', 0, 2000),
  ),
  new Option('--noise <sigma>', 'sensor noise in 8-bit steps; default 2').argParser(
    value.numberBetween('--noise', 0, 32),
  ),
  new Option('--light <factor>', 'brightness of the lamp; default 1').argParser(value.numberBetween('--light', 0.2, 2)),
  new Option('--blur <0…1>', 'exposure blur along the belt; default 0.25').argParser(
    value.numberBetween('--blur', 0, 1),
  ),
  new Option('--density <factor>', 'how crowded the belt is; default 1').argParser(
    value.numberBetween('--density', 0.1, 2),
  ),
];

/** Adds `--json` and its like. */
export function addOutputOptions(command: Command, options: { perFrame: boolean } = { perFrame: false }): Command {
  const json = new Option('--json', 'print one JSON object on stdout, also on failure; all else goes to stderr');
  const output = [json];
  if (options.perFrame) {
    output.push(
      new Option('--jsonl', 'print one JSON line per frame, and a last line { summary }').conflicts('json'),
      new Option('--verbose', 'print a readable line per frame'),
    );
  }
  output.push(new Option('--debug', 'show stacks and phases on stderr'));
  return addGroup(command, 'Output:', output);
}

/** Adds the options that choose a model and its runtime. */
export function addModelOptions(command: Command): Command {
  return addGroup(command, 'Model:', modelOptions);
}

/** Adds every option of `reflexarc run`. */
export function addRunOptions(command: Command): Command {
  command.addOption(
    new Option('--source <source>', 'picture, folder, video, recording, or "synthetic"')
      .makeOptionMandatory()
      .helpGroup('Input:'),
  );
  addModelOptions(command);
  addGroup(command, 'Results:', limitOptions);
  addGroup(command, 'Flow:', flowOptions);
  addGroup(command, 'Arc:', arcOptions);
  addGroup(command, 'Synthetic camera:', syntheticOptions);
  return addOutputOptions(command, { perFrame: true });
}

function addGroup(command: Command, heading: string, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option.helpGroup(heading));
  return command;
}
