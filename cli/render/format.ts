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

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const units = [
  ['d', day],
  ['h', hour],
  ['m', minute],
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

/** How long something has taken so far, as "4.2s", "1m05s", "2h07m" or "3d04h". */
export function elapsed(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < minute) return `${seconds.toFixed(1)}s`;
  if (seconds < hour) return twoUnits(seconds, 'm', minute, 's', 1);
  if (seconds < day) return twoUnits(seconds, 'h', hour, 'm', minute);
  return twoUnits(seconds, 'd', day, 'h', hour);
}

function twoUnits(seconds: number, large: string, size: number, small: string, part: number): string {
  const rest = String(Math.floor((seconds % size) / part)).padStart(2, '0');
  return `${Math.floor(seconds / size)}${large}${rest}${small}`;
}

/** An enum's name in JSON, in lower case: "VM_STATE_RUNNING" is "running" and "RESTART_POLICY_ON_FAILURE" "on-failure". */
export function enumName(json: string, prefix: string): string {
  return json
    .slice(prefix.length + 1)
    .toLowerCase()
    .replaceAll('_', '-');
}
