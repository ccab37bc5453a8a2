// Programs that are not let run for ever, with all that they have started and left in their process group.
import { constants } from 'node:os';

/** Of programs that run: an interrupt from the keyboard goes to our own group alone, and they shall end with us. */
const running = new Set();
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Kills the process group that `child`, started as its leader with `detached`, has when it has not ended after `limitMs`;
 * `onLimit` hears of it then. Until it has ended, a signal that ends us ends it too.
 */
export function limitGroup(child, limitMs, onLimit) {
  const timer = setTimeout(() => {
    killGroup(child);
    onLimit();
  }, limitMs);
  if (running.size === 0) for (const signal of endings) process.on(signal, endAll);
  running.add(child);
  const forget = () => {
    clearTimeout(timer);
    running.delete(child);
    if (running.size === 0) for (const signal of endings) process.off(signal, endAll);
  };
  child.once('exit', forget);
  child.once('error', forget);
}

/** A child that has not been seen to end keeps its pid, and so does its group. */
function killGroup(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
}

function endAll(signal) {
  for (const child of running) killGroup(child);
  process.exit(128 + constants.signals[signal]);
}
