import { basename } from 'node:path';
import type { Caller } from '../context.js';
import { readFileSync } from '../host/files.js';
import { commandLine } from '../host/process.js';
import { type EventCaller, noUser } from './event.js';

/** The names that go with a caller, as they are now: its process may end at any time. */
export function callerNames(caller: Caller): EventCaller {
  if ('certificate' in caller) return { uid: noUser, user: '', pid: 0, program: '', ...caller };
  const { uid, pid } = caller;
  return { uid, user: userName(uid), pid, program: pid > 0 ? programOf(commandLine(pid) ?? []) : '' };
}

/** From the local list of users; one that is known elsewhere alone has no name here. */
function userName(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((each) => each.split(':')[2] === String(uid));
    return line?.split(':')[0] ?? '';
  } catch {
    // The number says it too.
    return '';
  }
}

/** What a process runs: for a program in Node its script, with the folder where the file's own name says nothing. */
export function programOf(argv: readonly string[]): string {
  const [program = '', ...rest] = argv;
  const script = /^node(js)?$/.test(basename(program)) ? rest.find((word) => !word.startsWith('-')) : undefined;
  const path = script ?? program;
  const words = path.split('/').filter((word) => word !== '');
  return (/^main\.\w+$/.test(words.at(-1) ?? '') ? words.slice(-2) : words.slice(-1)).join('/').slice(0, 100);
}
