import { InvalidArgumentError } from '../core/error.js';

/** A picture of a frame on its way to a page. */
export interface PreviewPicture {
  /** Id of the frame. */
  frame: number;
  /** Presentation time of the frame in µs. */
  timestamp: number;
  /** Size of the frame as it is seen in px; the picture may be smaller. */
  width: number;
  height: number;
  /** The picture as a JPEG file. */
  jpeg: Uint8Array;
}

/** Most bytes of a picture: what a page takes in about a millisecond. */
export const maxPreviewBytes = 128 * 1024;

const prefixBytes = 16;

/** The payload of a PREVIEW: timestamp (float64), frame (uint32), width and height (uint16), little-endian; then JPEG. */
export function encodePreview({ frame, timestamp, width, height, jpeg }: PreviewPicture): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(prefixBytes + jpeg.length);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, timestamp, true);
  view.setUint32(8, frame, true);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  bytes.set(jpeg, prefixBytes);
  return bytes;
}

/** Reads the payload of a PREVIEW; `jpeg` is a view of it. @throws {InvalidArgumentError} ERR_ARGUMENT no such payload. */
export function decodePreview(payload: unknown): PreviewPicture {
  if (!(payload instanceof Uint8Array) || payload.length <= prefixBytes) {
    throw new InvalidArgumentError({
      subject: 'payload of PREVIEW',
      expected: `more than ${prefixBytes} bytes`,
      received: payload instanceof Uint8Array ? `${payload.length}` : 'no bytes',
    });
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    timestamp: view.getFloat64(0, true),
    frame: view.getUint32(8, true),
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    jpeg: payload.subarray(prefixBytes),
  };
}
