import { defineCommand, positional } from '../../define-command.js';
import { usageError } from '../../errors.js';
import { execSession, requireTerminal } from '../../exec-session.js';
import { parseVariables, variableProblem } from '../../parse/variables.js';

export const command = defineCommand({
  summary: 'Run a command in a VM',
  description:
    'Its words arrive as they are, and no shell reads them: for pipes and variables, run one. Standard output and errors are ' +
    'apart, and its exit code is passed on: 126 when it could not be run, 127 when it was not found, 128 and more for a ' +
    'signal, 124 when --timeout was up. The first Ctrl-C goes to the command, the second ends it, and so does the end of this ' +
    'program. In a loop that reads standard input, give it --no-input.',
  positionals: [{ name: 'name', summary: 'The name of the VM' }],
  rest: { name: 'command', summary: 'The program and its arguments' },
  options: {
    tty: { type: 'flag', alias: 't', summary: 'Give it a terminal, as large as this one' },
    'no-input': { type: 'flag', summary: 'Give it no standard input' },
    env: {
      type: 'list',
      alias: 'e',
      summary: 'Set variables, as NAME=VALUE',
      problemOf: variableProblem,
    },
    cwd: { type: 'text', summary: 'Where it runs, an absolute path; the home of its user unless given' },
    user: { type: 'text', alias: 'u', summary: 'Whose rights it has; the one who logs in unless given' },
    timeout: { type: 'count', summary: 'End it after this many seconds' },
  },
  examples: [
    ['vm exec web -- uname -a', 'one command'],
    ["vm exec web -- sh -c 'df -h / && uptime'", 'a line for a shell'],
    ['vm exec web --tty -- bash', 'a shell to sit at'],
    ['vm exec web --user www-data --cwd /srv -- ls -l', 'as somebody else, somewhere else'],
  ],
  async run(ctx, call) {
    const { tty, env = [], cwd = '', user = '', timeout } = call.options;
    const { rest = [] } = call;
    if (rest.length === 0) throw usageError(['COMMAND is missing: put it after "--"'], 'banger vm exec --help');
    if (tty) requireTerminal(ctx);
    const command = {
      name: positional(call, 0),
      arguments: [...rest],
      environment: parseVariables(env),
      workingDirectory: cwd,
      user,
      ...(timeout !== undefined && { timeout: { seconds: timeout, nanos: 0 } }),
    };
    const exitCode = await execSession(ctx, { command, tty, input: !call.options['no-input'] });
    return { json: undefined, text: () => '', exitCode };
  },
});
