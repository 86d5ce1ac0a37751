/** Read access to the files of one bundle, wherever it lies. */
export interface BundleFiles {
  /** Where the bundle is, for messages. */
  readonly location: string;
  /** Bytes of a file; `path` uses `/` and is relative to the bundle. Rejects with the platform's error. */
  read(path: string): Promise<Uint8Array>;
}
