/** PREFIX as it is: it goes into a unit of systemd, where other characters would mean something. */
export function checkPrefix(prefix) {
  const parts = prefix.split('/').slice(1);
  const isPlain =
    prefix.startsWith('/') && parts.every((part) => /^[A-Za-z0-9_+@.-]+$/.test(part) && !/^\.+$/.test(part));
  if (isPlain) return prefix;
  throw new Error(`cannot use PREFIX=${prefix}: it must be an absolute path of letters, digits and . _ + @ - only`);
}
