import { text } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { type ErrorGuide, guideTo, knownCodes } from '../error-guide.ts';
import { errors } from '../errors.ts';
import { nearestCodes } from '../nearest-commands.ts';
import { prose } from '../prose.ts';
import { facts } from '../render/table.ts';

/** `octo help E_CODE` comes here. */
export default class ErrorCode extends BaseCommand {
  static override hidden = true;
  static override summary = 'Explain the code of an error: octo help E_CODE.';
  static override description = prose(`
    When it comes up, what it says, and what to do next; names in <> stand for what it was about.

    With --json: { code, means, message, hint, exit, guide }.
  `);
  static override examples = ['<%= config.bin %> help E_LOCKED'];
  static override args = { code: text({ required: true, description: 'The code: E_LOCKED.' }) };

  async run(): Promise<ErrorGuide> {
    const { args } = await this.parse(ErrorCode);
    const code = args.code.toUpperCase();
    const guide = await guideTo(code);
    if (!guide) throw errors.E_CODE_UNKNOWN({ code, nearest: nearestCodes(code, knownCodes()) });
    const { means, message, hint, exit, guide: file } = guide;
    const rows = [
      ['code', this.style.bold(code)],
      ['when', means],
      ['says', message],
      ['try this', hint],
      ['exit code', String(exit)],
      ['guide', file],
    ] as const;
    for (const line of facts(rows)) this.print(line);
    return guide;
  }
}
