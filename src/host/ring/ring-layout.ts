import { type PixelFormat, pixelFormats } from '../../core/pixel-format.js';

/** Says what a mapping is: "RFLX" as bytes. */
export const ringMagic = 0x584c4652;
/** Changes with anything below. */
export const ringVersion = 2;

/** Bytes before the pixels: header, lanes and slot table, in whole pages. */
export const ringHeadBytes = 8192;

/** Offsets in the header, in bytes; each field is an int32 unless it says otherwise. */
export const headerFields = {
  magic: 0,
  version: 4,
  slotCount: 8,
  laneCount: 12,
  /** float64 */
  slotBytes: 16,
} as const;

/** Children that may see a ring at the same time. */
export const laneCount = 16;
const lanesAt = 256;
const laneBytes = 64;

/** Offsets in a lane, which belongs to one child: int32 each. */
export const laneFields = {
  /** Counts the children that had this lane; a child that finds another number than its own is too late. */
  generation: 0,
  /** Heartbeat of the child's main thread, which never blocks. */
  mainBeat: 4,
  /** Heartbeat of the child's worker thread: with each frame that it has answered, and when it is idle. */
  workerBeat: 8,
} as const;

/** Slots at most. */
export const maxSlots = 16;
const slotsAt = 4096;
const slotEntryBytes = 256;

/** Offsets in an entry of the slot table: int32, but for the times and the id, which are float64. */
export const slotFields = {
  state: 0,
  format: 4,
  codedWidth: 8,
  codedHeight: 12,
  strideBytes: 16,
  rotation: 20,
  flip: 24,
  /** 0 where the planes follow one another. */
  planeCount: 28,
  /** Offset and stride of each of up to three planes. */
  planes: 32,
  matrix: 56,
  fullRange: 60,
  byteLength: 64,
  lane: 68,
  /** ms of CLOCK_MONOTONIC, NaN where there is none; so are those below. */
  captureTime: 72,
  enqueueTime: 80,
  startTime: 88,
  doneTime: 96,
  id: 104,
  /** Number that the answer repeats. */
  call: 112,
  /** The slot of the engine that the frame is for. */
  engineSlot: 116,
} as const;

/** Whose turn a slot is. */
export const slotStates = ['FREE', 'FILLING', 'READY', 'RUNNING', 'DONE', 'ERROR'] as const;
export type SlotState = (typeof slotStates)[number];

/** The order in which the table numbers pixel formats. */
export const formatNumbers: readonly PixelFormat[] = Object.keys(pixelFormats) as PixelFormat[];

/** Where a lane begins. */
export function laneOffset(lane: number): number {
  return lanesAt + lane * laneBytes;
}

/** Where the entry of a slot begins. */
export function slotOffset(slot: number): number {
  return slotsAt + slot * slotEntryBytes;
}

/** Where the pixels of a slot begin. */
export function pixelsOffset(slot: number, slotBytes: number): number {
  return ringHeadBytes + slot * slotBytes;
}
