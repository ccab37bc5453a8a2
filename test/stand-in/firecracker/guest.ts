import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { GuestSettings } from '../settings.js';
import { openOutput, writeOutput } from './journal.js';
import type { Metrics } from './metrics.js';

/** How a guest ends its machine: by the reset that it asked for, or by a fault in handling a fault. */
export type GuestEnd = 'reset' | 'triple fault';

/**
 * A guest by script. It says on its console what a kernel says, and obeys the words that are typed there: `poweroff`,
 * `halt`, `reboot`, `panic`, `fault`.
 */
export class Guest {
  readonly #words: readonly string[];
  readonly #console: number;
  #isDown = false;
  #line = '';
  #isPaused = false;
  /** What it would have done while it was paused. */
  #waiting: (() => void)[] = [];

  constructor(
    private readonly bootArgs: string,
    serialPath: string | undefined,
    private readonly settings: GuestSettings,
    private readonly metrics: Metrics,
    private readonly onEnd: (end: GuestEnd) => void,
  ) {
    this.#words = bootArgs.split(/\s+/);
    this.#console = serialPath === undefined ? 1 : openOutput(serialPath);
    // With a file for its output, the serial port has no input.
    if (serialPath === undefined) this.#useStandardStreams();
  }

  boot(): void {
    this.#print('0.000000', 'Linux version 6.1.0 (stand-in)');
    this.#print('0.000000', `Command line: ${this.bootArgs}`);
    this.#print('0.500000', 'Run /init as init process');
    if (!this.#words.includes('banger.probe=1')) return;
    this.#say('banger-probe-ok\r\n');
    this.#obey('poweroff');
  }

  /** Known to a guest with a driver for the keyboard, some time later. */
  ctrlAltDel(): void {
    const { ctrlAltDel } = this.settings;
    if (ctrlAltDel === 'never' || this.#words.includes('i8042.nokbd')) return;
    setTimeout(() => this.#unlessPaused(() => this.#obey('reboot')), ctrlAltDel);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const act of this.#waiting.splice(0)) act();
  }

  #unlessPaused(act: () => void): void {
    if (this.#isPaused) this.#waiting.push(act);
    else act();
  }

  /** Standard output stops to wait for its reader; standard input is read when it is a terminal or a FIFO. */
  #useStandardStreams(): void {
    if (fstatSync(1).isFIFO()) void process.stdout.writable;
    if (isatty(0)) process.stdin.setRawMode(true);
    else if (!fstatSync(0).isFIFO()) return;
    process.stdin.on('data', (data: Buffer) => this.#unlessPaused(() => this.#typed(data.toString())));
  }

  #typed(text: string): void {
    this.#say(text);
    const lines = `${this.#line}${text}`.split(/\r?\n|\r/);
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#obey(line.trim());
  }

  #obey(word: string): void {
    if (this.#isDown) return;
    if (word === 'poweroff') this.#stop('reboot: Power down');
    if (word === 'halt') this.#stop('reboot: System halted');
    if (word === 'panic') this.#panic();
    if (word === 'fault') this.onEnd('triple fault');
    if (word !== 'reboot') return;
    this.#stop('reboot: Restarting system');
    this.#reset();
  }

  /** Its last word. The machine lives on, with a processor that waits for nothing. */
  #stop(text: string): void {
    this.#print('9.000000', text);
    this.#isDown = true;
  }

  #panic(): void {
    this.#stop('Kernel panic - not syncing: sysrq triggered crash');
    const seconds = this.#words.findLast((word) => word.startsWith('panic='))?.slice('panic='.length) ?? '0';
    if (seconds === '0') return;
    this.#print('9.000000', `Rebooting in ${seconds} seconds..`);
    this.#reset();
  }

  /** There is no ACPI to reset by: whatever is not the keyboard controller ends in a triple fault. */
  #reset(): void {
    this.onEnd(this.#words.includes('reboot=k') ? 'reset' : 'triple fault');
  }

  #print(seconds: string, text: string): void {
    this.#say(`[    ${seconds}] ${text}\r\n`);
  }

  #say(text: string): void {
    if (!this.#words.some((word) => /^console=ttyS0(,|$)/.test(word))) return;
    this.metrics.count('uart', 'write_count', text.length);
    if (!writeOutput(this.#console, text)) this.metrics.count('uart', 'error_count');
  }
}
