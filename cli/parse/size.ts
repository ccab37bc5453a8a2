const mibOfUnit: Readonly<Record<string, number>> = { '': 1, m: 1, g: 1024, t: 1024 * 1024 };

/** What an int32 field carries; larger values would arrive as something else. */
const maxInt32 = 2 ** 31 - 1;

/** A number, or what is wrong with the text. */
export type Parsed = { readonly value: number } | { readonly problem: string };

/** A size as people write it, 512, 512M, 2G, 1.5GiB, 1T, in MiB. */
export function parseMebibytes(text: string, zero = false): Parsed {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([mgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = mibOfUnit[unit?.toLowerCase() ?? ''];
  if (number === undefined || factor === undefined) {
    return { problem: `must be a size in MiB such as 512, 512M or 2G, is "${text}"` };
  }
  const value = Number(number) * factor;
  if (!Number.isInteger(value)) return { problem: `must be a whole number of MiB, is "${text}"` };
  return bounded(value, text, zero);
}

/** A whole number. */
export function parseCount(text: string, zero = false): Parsed {
  if (!/^-?\d+$/.test(text)) return { problem: `must be a whole number, is "${text}"` };
  return bounded(Number(text), text, zero);
}

/** On the wire 0 stands for the default: somebody who writes it means something else. */
function bounded(value: number, text: string, zero: boolean): Parsed {
  if (value < 0 || (value === 0 && !zero)) return { problem: `must be at least ${zero ? 0 : 1}, is ${text}` };
  if (value > maxInt32) return { problem: `is too large: ${text}` };
  return { value };
}
