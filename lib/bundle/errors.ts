import { BangerError, type FieldViolation } from '../errors.js';
import { bundleSteps } from './steps.js';

/** Reasons about runtime bundles. */
export const bundleReasons = {
  BUNDLE_MISSING: 'BUNDLE_MISSING',
  BUNDLE_INVALID: 'BUNDLE_INVALID',
  BUNDLE_DAMAGED: 'BUNDLE_DAMAGED',
  BUNDLE_BUSY: 'BUNDLE_BUSY',
  MANIFEST_EMPTY: 'MANIFEST_EMPTY',
  MANIFEST_INVALID: 'MANIFEST_INVALID',
  ARCHIVE_UNAVAILABLE: 'ARCHIVE_UNAVAILABLE',
  ARCHIVE_MISMATCH: 'ARCHIVE_MISMATCH',
} as const;

/** `path` is undefined when there is no place to look at. */
export function bundleMissing(path: string | undefined, why: string): BangerError {
  const place = path === undefined ? 'there is no place for a runtime bundle' : `there is no runtime bundle in ${path}`;
  const message = `${place} (${why}): ${bundleSteps}`;
  return new BangerError('not-found', bundleReasons.BUNDLE_MISSING, message, { metadata: { path: path ?? '' } });
}

export function bundleInvalid(path: string, fields: readonly FieldViolation[]): BangerError {
  const message = `cannot use the runtime bundle ${path}: ${listed(fields)}; get another: ${bundleSteps}`;
  return new BangerError('invalid', bundleReasons.BUNDLE_INVALID, message, { fields, metadata: { path } });
}

/** Files that are not what bundle.json says. */
export function bundleDamaged(path: string, fields: readonly FieldViolation[]): BangerError {
  const message = `the runtime bundle ${path} is damaged: ${listed(fields)}; get another: ${bundleSteps}`;
  return new BangerError('wrong-state', bundleReasons.BUNDLE_DAMAGED, message, { fields, metadata: { path } });
}

export function bundleBusy(path: string, pid: number): BangerError {
  const message = `cannot fetch a runtime bundle into ${path}: process ${pid} is doing that; wait for it, or end it`;
  return new BangerError('wrong-state', bundleReasons.BUNDLE_BUSY, message, { metadata: { path, pid: String(pid) } });
}

export function manifestEmpty(path: string): BangerError {
  const message = `cannot fetch a runtime bundle: the manifest ${path} names none, for the project publishes none; ${bundleSteps}`;
  return new BangerError('wrong-state', bundleReasons.MANIFEST_EMPTY, message, { metadata: { path } });
}

export function manifestInvalid(path: string, fields: readonly FieldViolation[]): BangerError {
  const message = `cannot use the manifest ${path}: ${listed(fields)}`;
  return new BangerError('invalid', bundleReasons.MANIFEST_INVALID, message, { fields, metadata: { path } });
}

/** `kept` tells whether what has come so far stays for the next time. */
export function archiveUnavailable(url: string, why: string, kept: boolean, cause?: unknown): BangerError {
  const again = kept ? '; run it again to go on where it ended' : '';
  const message = `cannot fetch ${url}: ${why}${again}`;
  return new BangerError('unavailable', bundleReasons.ARCHIVE_UNAVAILABLE, message, { metadata: { url, why }, cause });
}

export function archiveMismatch(url: string, expected: string, actual: string): BangerError {
  const message =
    `cannot use ${url}: its SHA-256 is ${actual}, and the manifest says ${expected}; nothing of it was unpacked. ` +
    'It was changed, or the manifest is for another one';
  const metadata = { url, expected, actual };
  return new BangerError('invalid', bundleReasons.ARCHIVE_MISMATCH, message, { metadata });
}

function listed(fields: readonly FieldViolation[]): string {
  return fields.map(({ field, description }) => `${field}: ${description}`).join('; ');
}
