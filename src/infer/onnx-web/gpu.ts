/** A graphics device that one session owns. */
export interface Gpu {
  /** Handed to the runtime. */
  readonly device: GPUDevice;
  /** Vendor and architecture, as far as the browser tells, for messages. */
  readonly description: string;
  /** True where the adapter is a program on the CPU, e.g. SwiftShader. */
  readonly software: boolean;
  /** Resolves with the reason once the device is gone for another reason than `close`. Never rejects. */
  readonly lost: Promise<string>;
  /** The first error that the device reported since the last call, and forgets it. */
  takeError(): string | undefined;
  /** Gives the device back. */
  close(): void;
}
