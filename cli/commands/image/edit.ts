import { VmSpec } from '../../../gen/banger/vmm/v1/vm_service.js';
import type { Context } from '../../context.js';
import { buildVmOptions, customize, madeResult, tagOption } from '../../customizing.js';
import { defineCommand, positional } from '../../define-command.js';
import { typedAt } from '../../keyboard.js';
import { requireOwn } from '../../own-checks.js';
import { sshSession } from '../../ssh-session.js';

export const command = defineCommand({
  summary: 'Open a shell in an image, and save it as another',
  description:
    'Starts a VM that goes when the shell ends. Then it asks whether to save; without a terminal, the input is given to the ' +
    'shell, and what it changed is saved when it ends with 0. Ctrl-C saves nothing.',
  positionals: [{ name: 'image', summary: 'The image to begin with' }],
  options: { tag: tagOption, save: { type: 'flag', summary: 'Save without asking' }, ...buildVmOptions },
  examples: [
    ['image edit debian --tag web', 'a shell in debian; what it changes becomes the image web'],
    ['image edit debian --tag web --nat --save', 'what the lines that it reads from standard input change'],
  ],
  async run(ctx, call) {
    const base = positional(call, 0);
    const { tag, nat, cpus, memory, save } = call.options;
    // Before a VM is made for nothing.
    await requireOwn(ctx, `edit image ${base}`, 'ssh');
    const spec = VmSpec.fromPartial({ image: base, nat, cpuCount: cpus, memoryMib: memory });
    const shell = new Shell(ctx, tag, save);
    const made = await customize(ctx, {
      what: `image ${tag}`,
      customization: { image: tag, spec, script: Buffer.alloc(0), rebuild: false },
      work: (vm) => shell.run(vm),
    });
    if (made) return madeResult(made);
    return { json: null, text: () => 'nothing was saved', exitCode: shell.exitCode };
  },
});

/** One sitting in the VM, and what becomes of its work. */
class Shell {
  exitCode = 0;

  constructor(
    private readonly ctx: Context,
    private readonly tag: string,
    private readonly saves: boolean,
  ) {}

  async run(vm: string): Promise<boolean> {
    const { ctx } = this;
    const vmm = await ctx.clients.vmm();
    const access = await vmm.getSshAccess({ name: vm }, { signal: ctx.signal });
    ctx.progress.end();
    const exitCode = await sshSession(ctx, vm, { ...access, user: 'root' }, []);
    // A person's shell ends with the code of whatever was typed last.
    if (ctx.stdin.isTTY) return this.saves || this.#asks();
    this.exitCode = exitCode;
    return exitCode === 0;
  }

  async #asks(): Promise<boolean> {
    const { ctx, tag } = this;
    ctx.note(`Save what was changed as ${tag}? [Y/n]`);
    for await (const data of typedAt(ctx.stdin, ctx.signal)) return !/^\s*n/i.test(data.toString());
    return false;
  }
}
