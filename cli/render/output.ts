/** The terminal, or what stands in for it in a test. */
export interface Output {
  /** `taken` is called when it is written. */
  write(text: string | Uint8Array, taken?: (error?: Error | null) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: 'resize', listener: () => void): unknown;
  off?(event: 'resize', listener: () => void): unknown;
}
