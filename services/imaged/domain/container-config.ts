/** How a container image is meant to be run: the parts of its configuration that banger keeps. */
export interface ContainerConfig {
  readonly user: string;
  /** As "NAME=value". */
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a session knows better than an image. */
const ofTheSession = new Set(['HOME', 'HOSTNAME', 'LOGNAME', 'OLDPWD', 'PWD', 'SHELL', 'SHLVL', 'TERM', 'USER']);
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A script that sets the image's environment for a shell; empty when there is none to set. */
export function environmentScript({ env }: ContainerConfig): string {
  const lines = env.flatMap((text) => {
    const [name = '', ...value] = text.split('=');
    if (!namePattern.test(name) || ofTheSession.has(name) || text.includes('\0')) return [];
    return [`export ${name}=${quoted(value.join('='))}\n`];
  });
  return lines.join('');
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
