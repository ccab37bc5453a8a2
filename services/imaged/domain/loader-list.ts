export interface LoaderList {
  readonly loader: string;
  readonly libraries: readonly string[];
}

/** What ldd(1) says that a program needs. Throws a RangeError when there is no loader, or a library is missing. */
export function parseLoaderList(text: string): LoaderList {
  const missing = /^\s*(\S+) => not found$/m.exec(text)?.[1];
  if (missing !== undefined) throw new RangeError(`ldd: ${missing} is not on this host`);
  const libraries = [...text.matchAll(/^\s*\S+ => (\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path);
  const loader = /^\s*(\/\S+) \(0x[0-9a-f]+\)$/m.exec(text)?.[1];
  if (loader === undefined) throw new RangeError('ldd: there is no loader');
  return { loader, libraries };
}
