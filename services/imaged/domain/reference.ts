import { dnsLabelProblem } from '../../../lib/dns-label.js';
import type { FieldViolation } from '../../../lib/errors.js';

/** How a caller names an image or a kernel: by tag or by digest. */
export type Reference = { readonly name: string } | { readonly digest: string };

const digestPattern = /^sha256:[0-9a-f]{64}$/;
const namePattern = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;

export function parseReference(text: string): Reference {
  return text.startsWith('sha256:') ? { digest: text } : { name: text };
}

/** What is wrong with a reference as the value of `field`; none when it is right. */
export function referenceProblems(field: string, text: string): FieldViolation[] {
  if (text === '') return [{ field, description: 'must not be empty' }];
  if (digestPattern.test(text) || (!text.startsWith('sha256:') && namePattern.test(text))) return [];
  return [{ field, description: 'must be a name such as "debian", or "sha256:" and 64 hexadecimal digits' }];
}

/** What is wrong with the name of a recipe, or with the path of one. */
export function recipeReferenceProblems(field: string, text: string): FieldViolation[] {
  if (!text.includes('/')) return referenceProblems(field, text);
  if (/^\/[^\0]*\.toml$/.test(text)) return [];
  return [{ field, description: 'must be a name, or an absolute path that ends in ".toml"' }];
}

/** What is wrong with a name that an object shall get; none when it is right. */
export function nameProblems(field: string, text: string): FieldViolation[] {
  if (namePattern.test(text)) return [];
  const description = 'must be a name such as "debian": 1 to 63 lower-case letters, digits, ".", "_" and "-"';
  return [{ field, description }];
}

/** What is wrong with the path of a file on this host; none when it is right. */
export function pathProblems(field: string, text: string): FieldViolation[] {
  if (text.startsWith('/') && !text.includes('\0')) return [];
  return [{ field, description: 'must be an absolute path' }];
}

const holderPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is wrong with the uid of a holder; none when it is right. */
export function holderProblems(holder: string): FieldViolation[] {
  if (holderPattern.test(holder)) return [];
  return [{ field: 'holder', description: 'must be the uid of a VM: 1 to 64 letters, digits, ".", "_" and "-"' }];
}

/** What is wrong with the name of a VM that holds; none when it is right, or not told. */
export function holderNameProblems(name: string): FieldViolation[] {
  const description = name === '' ? undefined : dnsLabelProblem(name);
  return description === undefined ? [] : [{ field: 'holder_name', description }];
}
