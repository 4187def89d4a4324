/** From the arguments to the exit status. */
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { registerRooms } from '../compose.ts';
import { provideModule } from '../config/provided-modules.ts';
import type { ExitCode } from '../errors.ts';
import { DbkitError } from '../errors.ts';
import * as publicApi from '../index.ts';
import type { Io } from './io.ts';
import { readOrigin } from './origin.ts';
import type { Status } from './program.ts';
import { commonOptions, createProgram, createVerbs } from './program.ts';
import { outputFlags, reportError } from './run-verb.ts';

/** Runs one command line; `argv` without the program's name. Never throws for a person's fault. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const origin = readOrigin(io.env);
  const status: Status = { exitCode: 0 };
  provideModule('dbkit', publicApi);
  const program = createProgram(io, origin);
  registerRooms(program, createVerbs(io, origin, status), argv[0]);
  if (argv.length === 0) {
    io.stdout.write(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const command = closestCommand(program, argv);
    const flags = outputFlags(flagsOf(argv));
    const usage =
      error.code === 'commander.help'
        ? new DbkitError('USAGE', `dbkit ${command.name} wants a verb`, {
            details: command.verbs,
            hint: `dbkit ${command.name} --help`,
          })
        : new DbkitError('USAGE', usageMessage(error.message), {
            hint:
              misplacedFlag(error.message, command.name) ??
              suggestion(error.message) ??
              `dbkit ${command.name} --help`.replace('  ', ' '),
          });
    return reportError(usage, command.name, flags, io, origin);
  }
}

/** What the arguments say about output, read by hand because parsing them failed. */
function flagsOf(argv: readonly string[]): Readonly<Record<string, unknown>> {
  const color = argv.findLast((word) => word === '--color' || word === '--no-color');
  return { json: argv.includes('--json'), ...(color === undefined ? {} : { color: color === '--color' }) };
}

function closestCommand(
  program: Command,
  argv: readonly string[],
): { readonly name: string; readonly verbs: readonly string[] } {
  const names: string[] = [];
  let at = program;
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (next === undefined) break;
    names.push(next.name());
    at = next;
  }
  return {
    name: names.join(' '),
    verbs: at.commands
      .filter((command) => command.name() !== 'help')
      .map((command) => `${command.name()}: ${command.description()}`),
  };
}

/** commander writes `error: unknown option '--jsn'\n(Did you mean --json?)`. */
function usageMessage(message: string): string {
  const [line = message] = message.split('\n');
  return line
    .replace(/^error: /, '')
    .replace(/^command-argument value ('.*') is invalid for argument '(.*)'\. /, '$1 is no <$2>: ')
    .replace(/\.$/, '');
}

/** `dbkit --json migrate up`: every verb has the flag, and dbkit itself does not. */
function misplacedFlag(message: string, command: string): string | undefined {
  const flag = /unknown option '(--[a-z-]+)/.exec(message)?.[1];
  const known = commonOptions.some(([flags]) => flags.split(' ')[0] === flag);
  if (!known) return undefined;
  return `write it after the verb: dbkit ${command === '' ? '' : `${command} `}<verb> ${flag}`;
}

function suggestion(message: string): string | undefined {
  const meant = /\(Did you mean ([^)]+\?)\)/.exec(message)?.[1];
  return meant === undefined ? undefined : `did you mean ${meant}`;
}
