/** What binary things a message holds. */
export interface MessageWeight {
  /** Kinds of those that are copied. */
  copied: string[];
  /** Kinds of those that change hands. */
  transferred: string[];
}

/** Which binary parts of a message are copied and which change hands. */
export function weigh(message: unknown, transfer: readonly Transferable[]): MessageWeight {
  const copied: string[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 8) return;
    const part = ArrayBuffer.isView(value) ? value.buffer : value;
    const binary = [ArrayBuffer, ImageBitmap, VideoFrame, ImageData].some((kind) => part instanceof kind);
    if (binary) {
      if (!transfer.includes(part as Transferable)) copied.push(part.constructor.name);
      return;
    }
    for (const inner of Object.values(value)) visit(inner, depth + 1);
  };
  visit(message, 0);
  return { copied, transferred: transfer.map((each) => each.constructor.name) };
}
