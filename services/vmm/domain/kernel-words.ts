/** How a guest's kernel said that it ends. */
export type KernelWords = 'power-off' | 'halt' | 'restart' | { readonly panic: string };

/**
 * A line of the kernel: its time stamp, and with some kernels who printed it. A prompt that waits for input has no end
 * of its line, so the kernel goes on after it; any other text before a stamp is somebody who quotes an old log.
 */
const kernelLine = /^(?:.*(?:(?:login|Password): |[#$>] ))?\[ *(\d+\.\d{6})\](?:\[ *[TC]\d+\])? (.*)$/;
/** The words of kernel/reboot.c. They are printed as emergencies, so `quiet` does not hide them. */
const lastWords: readonly (readonly [RegExp, KernelWords])[] = [
  [/^reboot: Power down$/, 'power-off'],
  // Without ACPI's power switch, as in Firecracker, a power-off ends as a halt; newer kernels say so.
  [/^reboot: Power off not available: System halted instead$/, 'power-off'],
  [/^reboot: System halted$/, 'halt'],
  [/^reboot: Restarting system( with command '.*')?$/, 'restart'],
];
/** kernel/panic.c, at the beginning of a panic and at its end. */
const panicWords = /^(?:---\[ end )?(Kernel panic - not syncing: .*?)(?: \]---)?$/;

/** What is left of a line that is still being printed. */
const unfinished = /^\[[\d .]*$/;
/** Processors stamp their lines a little out of order, in seconds; a boot that begins again goes back further. */
const jitter = 0.1;

interface KernelLine {
  readonly time: number;
  readonly text: string;
}

/**
 * What the kernel said last at the end of a console's text; undefined when it said nothing of its end, or something came
 * after it. That it is powered off, halted or about to restart is the very last line of a console. A panic is followed
 * by nothing but more lines of the same kernel: clocks go on, so a stamp from before it is of the next boot.
 */
export function kernelWords(text: string): KernelWords | undefined {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  if (unfinished.test(lines.at(-1) ?? '')) lines.pop();
  const tail = lastKernelLines(lines);
  const last = tail.at(-1)?.text ?? '';
  const words = lastWords.find(([pattern]) => pattern.test(last))?.[1];
  return words ?? panicOf(tail);
}

/** The lines at the end that one boot of the kernel printed without anybody else in between. */
function lastKernelLines(lines: readonly string[]): KernelLine[] {
  const tail: KernelLine[] = [];
  for (const line of [...lines].reverse()) {
    const parsed = parse(line);
    if (parsed === undefined || parsed.time > (tail[0]?.time ?? Number.POSITIVE_INFINITY) + jitter) break;
    tail.unshift(parsed);
  }
  return tail;
}

function parse(line: string): KernelLine | undefined {
  const [, time, text = ''] = line.match(kernelLine) ?? [];
  return time === undefined ? undefined : { time: Number(time), text: text.trimEnd() };
}

function panicOf(lines: readonly KernelLine[]): KernelWords | undefined {
  const panic = lines.map(({ text }) => text.match(panicWords)?.[1]).find((line) => line !== undefined);
  return panic === undefined ? undefined : { panic };
}
