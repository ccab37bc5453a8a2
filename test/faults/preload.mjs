// Loaded into every service of a banger under test, before its own code: writes down each moment of its journal, and
// kills a service, itself or another, at the moment that the plan names. The services know nothing of it.
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.BANGER_TEST_FAULTS;
const service = /services\/(\w+)\/main\.js$/.exec(process.argv[1] ?? '')?.[1];

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function pidOf(name) {
  if (name === service) return process.pid;
  return readJson(join(process.env.BANGER_RUN_DIR, 'supervisor.json'))?.[name]?.pid;
}

/** How often each moment has come in this process. */
const counts = new Map();

function onMoment({ edge, verb, step }) {
  const key = [verb, step, edge].join(' ');
  const nth = (counts.get(key) ?? 0) + 1;
  counts.set(key, nth);
  appendFileSync(join(folder, 'moments'), `${JSON.stringify({ service, verb, step, edge })}\n`);
  const path = join(folder, 'plan.json');
  const plan = readJson(path);
  const isMeant =
    plan && ['service', 'verb', 'step', 'edge'].every((field) => plan[field] === { service, verb, step, edge }[field]);
  if (!isMeant) return;
  plan.skip -= 1;
  if (plan.skip >= 0) return;
  // Once: the next run of the service comes to the same step.
  renameSync(path, join(folder, 'fired.json'));
  const pid = pidOf(plan.kill);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

if (folder && service) subscribe('banger:journal', onMoment);
