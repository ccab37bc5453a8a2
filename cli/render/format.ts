const mibPerGib = 1024;
const bytesPerMib = 1024 * 1024;

/** A size in MiB, as "512 MiB" or "1.5 GiB". */
export function mebibytes(mib: number): string {
  if (mib < mibPerGib) return `${Math.round(mib * 10) / 10} MiB`;
  return `${Math.round((mib / mibPerGib) * 10) / 10} GiB`;
}

/** A size in bytes, as "300 B", "12 KiB", "340 MiB" or "1.5 GiB". */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < bytesPerMib) return `${Math.round(count / 1024)} KiB`;
  return mebibytes(count / bytesPerMib);
}

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** A span in its largest unit, as "3m" or "12d"; "0s" for what lies ahead. */
export function span(seconds: number): string {
  for (const [unit, size] of units) if (seconds >= size) return `${Math.floor(seconds / size)}${unit}`;
  return '0s';
}

/** How long ago; "-" for never. */
export function age(time: Date | undefined, now: Date): string {
  return time === undefined ? '-' : span((now.getTime() - time.getTime()) / 1000);
}

/** How long something has taken so far, as "4.2s" or "1m05s". */
export function elapsed(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  return `${Math.floor(seconds / 60)}m${String(Math.floor(seconds % 60)).padStart(2, '0')}s`;
}

/** The last word of an enum's name in JSON, in lower case: "VM_STATE_RUNNING" with the prefix "VM_STATE" is "running". */
export function enumName(json: string, prefix: string): string {
  return json.slice(prefix.length + 1).toLowerCase();
}
