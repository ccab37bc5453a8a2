import { type RunCommand, runCommand } from '../../../lib/host/command.js';

/**
 * Runs a program of a build. It is killed when this process dies, however it dies, so that a build never goes on
 * without us: setpriv(1) asks the kernel for that. Programs of the system's folders are found whatever PATH is.
 */
export const runBuildTool: RunCommand = (argv, options = {}) =>
  runCommand(['setpriv', '--pdeathsig', 'KILL', '--', ...argv], {
    programName: argv[0],
    ...options,
    env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`, ...options.env },
  });
