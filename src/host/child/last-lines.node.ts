const keptLines = 20;
const keptCharacters = 400;

/** Keeps the last lines that a process, or a library in it, prints: 20 of at most 400 characters, in an array that goes on changing. */
export function lastLines(streams: readonly (NodeJS.ReadableStream | null)[]): readonly string[] {
  const lines: string[] = [];
  for (const stream of streams) keep(stream, lines);
  return lines;
}

function keep(stream: NodeJS.ReadableStream | null, lines: string[]): void {
  let rest = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = (parts.pop() ?? '').slice(0, keptCharacters);
    for (const line of parts) if (line.trim() !== '') lines.push(line.slice(0, keptCharacters));
    lines.splice(0, Math.max(0, lines.length - keptLines));
  });
  stream?.once('end', () => {
    if (rest.trim() !== '') lines.push(rest);
  });
}
