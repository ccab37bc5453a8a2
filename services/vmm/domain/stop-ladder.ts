import type { HypervisorKind } from './vm.js';

/** How a guest is asked to power off: by its own program, or by the button (Ctrl-Alt-Del, where there is no button). */
export type WayToAsk = 'guest' | 'button';

/**
 * The surest way first. QEMU's button is a device that every guest of ours hears; Ctrl-Alt-Del, all that Firecracker has,
 * needs a keyboard driver in the guest and makes some systems reboot.
 */
const ladders: Readonly<Record<HypervisorKind, readonly [WayToAsk, WayToAsk]>> = {
  qemu: ['button', 'guest'],
  firecracker: ['guest', 'button'],
};

/** The way of the n-th turn, from 0; it goes on in turns. */
export function wayToAsk(kind: HypervisorKind, turn: number): WayToAsk {
  const [first, second] = ladders[kind];
  return turn % 2 === 0 ? first : second;
}
