const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A moment as people write it: "10m" ago, "2h", "1d", or a time such as 2026-11-26T08:00:00Z; or what is wrong with it. */
export function parseSince(text: string, now: Date): Date | string {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (number !== undefined) return new Date(now.getTime() - Number(number) * (secondsOf[unit] ?? 0) * 1000);
  const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text);
  const time = new Date(isTime ? text : Number.NaN);
  if (!Number.isNaN(time.getTime())) return time;
  return `must be a span such as 10m, 2h or 1d, or a time such as 2026-11-26T08:00:00Z, is "${text}"`;
}
