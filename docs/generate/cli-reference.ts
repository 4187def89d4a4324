/** The reference of the command line, from what the program declares. */
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import type { Io } from '../../src/cli/io.ts';
import { commonOptions, createProgram, createVerbs, sharedExits, verbName, verbTextOf } from '../../src/cli/program.ts';
import { registerRooms } from '../../src/compose.ts';
import { renderGuardRow } from '../../src/postgres/guard.ts';

/** Every verb of the program; nothing runs. */
export function allVerbs(): readonly Command[] {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  const io: Io = {
    stdout: stream,
    stderr: stream,
    env: {},
    pid: 0,
    cwd: () => '/',
    exit: () => {
      throw new Error('nothing runs here');
    },
    on: () => {},
    off: () => {},
  };
  const origin = { actor: null, commit: null, runUrl: null, dbkitVersion: '' };
  const program = createProgram(io, origin);
  registerRooms(program, createVerbs(io, origin, { exitCode: 0 }));
  return program.commands.flatMap((command) => (command.commands.length > 0 ? command.commands : [command]));
}

export function cliReference(): string {
  const common = commonOptions.map(([flags, description]) => `| \`${flags}\` | ${cell(description)} |`);
  const exits = Object.entries(sharedExits).map(
    ([code, meaning]) => `| ${code} | ${meaning === '' ? 'done, and the answer is no: see the verb' : meaning} |`,
  );
  return `${[
    '# The command line',
    '',
    '<!-- Written by `npm run docs`. Change the declarations in `src/*/command.ts` instead. -->',
    '',
    'Results go to standard output, everything else to standard error. Every verb takes:',
    '',
    ...['| option | |', '| --- | --- |', ...common],
    '',
    'Colour is decided for each stream: `--color` or `--no-color`, then `NO_COLOR`, `FORCE_COLOR`, then whether it is a',
    'terminal. What `--json` prints is described in [json.md](json.md), which database a verb works on in',
    '[targets.md](targets.md).',
    '',
    ...['| exit status | |', '| --- | --- |', ...exits],
    ...allVerbs().flatMap(renderVerb),
  ].join('\n')}\n`;
}

function renderVerb(command: Command): readonly string[] {
  const text = verbTextOf(command);
  const known = new Set(commonOptions.map(([flags]) => flags));
  const options = command.options.filter(({ flags }) => !known.has(flags));
  const rows = [
    ...command.registeredArguments.map((argument) => [
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      argument.description,
    ]),
    ...options.map(({ flags, description, argChoices }) => [
      flags,
      argChoices === undefined ? description : `${description} (${argChoices.join(', ')})`,
    ]),
  ];
  const exits = Object.entries(text?.exits ?? {}).map(([code, meaning]) => `Exit status ${code}: ${meaning}.`);
  const guard = text?.guard === undefined ? [] : ['', 'Where it runs:', '', ...fence(renderGuardRow(text.guard))];
  return [
    '',
    `## dbkit ${verbName(command)}`,
    '',
    `${command.description()[0]?.toUpperCase()}${command.description().slice(1)}.`,
    ...(text?.notes === undefined ? [] : ['', text.notes]),
    ...(rows.length === 0
      ? []
      : ['', '| | |', '| --- | --- |', ...rows.map(([name, meaning]) => `| \`${name}\` | ${cell(meaning ?? '')} |`)]),
    ...guard,
    '',
    ...fence((text?.examples ?? []).join('\n'), 'sh'),
    ...(exits.length === 0 ? [] : ['', ...exits]),
  ];
}

function fence(text: string, language = 'text'): readonly string[] {
  return [`\`\`\`${language}`, text, '```'];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
