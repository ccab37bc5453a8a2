/** One side of a copy. */
export type Place =
  | { readonly kind: 'vm'; readonly name: string; readonly path: string }
  | { readonly kind: 'here'; readonly path: string };

/** "web:/srv" is in a VM; "./a:b" and "/a:b" are here, as in scp(1). */
export function parsePlace(word: string): Place {
  const colon = word.indexOf(':');
  const slash = word.indexOf('/');
  if (colon <= 0 || (slash >= 0 && slash < colon)) return { kind: 'here', path: word };
  return { kind: 'vm', name: word.slice(0, colon), path: word.slice(colon + 1) };
}
