// `npm run quickstart`: from a fresh clone to a VM that answers by its name. Run again, it only looks.
// `npm run quickstart -- --down` takes the VM and the daemons away; with `--purge` also images and all state.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, NotRoot, npmPackages, systemPackages } from './lib/prepare.mjs';
import { run, step } from './lib/steps.mjs';

const vm = 'hello';
const banger = (...args) => run(['bin/banger', ...args]);
const json = async (...args) => JSON.parse(await banger('--json', ...args));

async function up() {
  await step('system packages', systemPackages);
  await step('npm packages', npmPackages);
  await step('build', build);
  requireRoot();
  await step('daemons', startDaemon);
  await step('kernel and initrd', (say) =>
    run(['bin/banger', 'kernel', 'build'], { onLine: say }).then(() => undefined),
  );
  await step('Debian image', (say) =>
    run(['bin/banger', 'image', 'build', 'debian'], { onLine: say }).then(() => undefined),
  );
  await step(`VM ${vm}`, ensureVm);
  const dns = (await json('daemon', 'status')).dnsListener;
  const address = await step(`name ${vm}.vm`, () => resolve(dns));
  const kernel = await step('command over ssh', () => banger('vm', 'ssh', vm, '--', 'uname', '-sr'));
  console.log(farewell(address, kernel.trim(), dns));
}

/** Starts the daemons; one of an older build gives way, and VMs go on meanwhile. */
async function startDaemon(say) {
  const { running, stale } = await json('daemon', 'status');
  if (running && stale) await banger('daemon', 'stop');
  await run(['bin/banger', 'daemon', 'start'], { onLine: say });
  if (!running) return 'started';
  return stale ? 'restarted, for they were of an older build' : 'were running';
}

/** Creates the VM, or starts the one that is there. */
async function ensureVm(say) {
  const vms = await json('vm', 'list');
  const found = vms.find((candidate) => candidate.name === vm);
  const verb = found ? ['start', vm] : ['create', '--name', vm, '--nat'];
  await run(['bin/banger', 'vm', ...verb], { onLine: say });
  return found ? 'was there' : 'created';
}

async function resolve(dns) {
  const [host, port] = dns.split(':');
  const answer = (await run(['dig', '+short', `@${host}`, '-p', port, `${vm}.vm`, 'A'])).trim();
  if (answer === '') throw new Error(`${vm}.vm has no address at ${dns}; look at: bin/banger dns records`);
  return answer;
}

function farewell(address, kernel, dns) {
  const [host, port] = dns.split(':');
  const next = [
    [`bin/banger vm ssh ${vm}`, 'log in'],
    ['bin/banger vm create --name web --nat', 'another VM, that reaches the internet'],
    ['bin/banger vm list', 'what there is'],
    [`dig @${host} -p ${port} +short ${vm}.vm`, 'ask for its address'],
    ['npm run quickstart -- --down', 'take everything away again'],
  ];
  const lines = next.map(([command, what]) => `  ${command.padEnd(40)}  ${what}`);
  return `\n${vm}.vm is up at ${address} (${kernel}). What to type next:\n\n${lines.join('\n')}\n`;
}

async function down({ purge }) {
  await step('npm packages', npmPackages);
  await step('build', build);
  requireRoot();
  const places = await json('daemon', 'status');
  const others = await step('VMs', () => removeVms(places, purge));
  await step('daemons', () => banger('daemon', 'stop').then(() => undefined));
  if (others === 0) await step(purge ? 'state and images' : 'state', () => removeState(places, purge));
  else console.log(`${others} other VMs stay, and their state with them; --purge takes everything.`);
}

/** Removes the VM of the quickstart, or with `purge` all of them; returns how many stay, deleted ones that are kept among them. */
async function removeVms({ stateDir, running }, purge) {
  if (!running && !existsSync(join(stateDir, 'vmm'))) return 0;
  if (!running) await banger('daemon', 'start');
  const names = (await json('vm', 'list')).map((found) => found.name);
  const doomed = names.filter((name) => purge || name === vm);
  if (doomed.length > 0) await banger('vm', 'delete', '--force', '--purge', ...doomed);
  if (purge) await banger('vm', 'purge', '--all');
  return names.length - doomed.length + (await json('vm', 'trash')).vms.length;
}

/** The images stay, for they are what takes long to make, unless everything is to go. */
async function removeState({ stateDir, runDir }, purge) {
  const kept = purge ? [] : ['imaged'];
  const inside = existsSync(stateDir) ? readdirSync(stateDir).filter((name) => !kept.includes(name)) : [];
  const doomed = purge ? [stateDir, runDir] : [...inside.map((name) => join(stateDir, name)), runDir];
  for (const path of doomed) rmSync(path, { recursive: true, force: true });
  return doomed.join(' ');
}

function requireRoot() {
  if (process.getuid() === 0) return;
  throw new NotRoot('taps and routes need root; run: sudo npm run quickstart');
}

const { values: options } = parseArgs({
  options: { down: { type: 'boolean' }, purge: { type: 'boolean', default: false } },
});

try {
  await (options.down || options.purge ? down(options) : up());
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = error instanceof NotRoot ? 5 : 1;
}
