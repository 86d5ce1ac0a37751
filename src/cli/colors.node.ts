import pc from 'picocolors';

/** Colours for a stream: only on a terminal that wants them, never because of `CI` in the environment. */
export function colorsFor(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const forced = !['', '0', undefined].includes(FORCE_COLOR);
  return pc.createColors(!NO_COLOR && (forced || (stream.isTTY && TERM !== 'dumb')));
}
