/** The commander program: settings that every command inherits, options that every verb has. */
import type { Argument } from 'commander';
import { Command, Option } from 'commander';
import type { ChoiceVerb, Origin, TargetVerb, Verbs, VerbText } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { renderGuardRow } from '../postgres/guard.ts';
import type { Io } from './io.ts';
import type { Call } from './run-verb.ts';
import { runChoiceVerb, runTargetVerb } from './run-verb.ts';

/** Where the exit status of the verb that ran is kept until main returns it. */
export interface Status {
  exitCode: ExitCode;
}

const commonGroup = 'Common options:';
const helpOption = ['-h, --help', 'show help'] as const;

export function createProgram(io: Io, origin: Origin): Command {
  const program = new Command('dbkit')
    .description('Takes a PostgreSQL or Supabase schema through its whole life.')
    .version(origin.dbkitVersion, '-V, --version', 'print the version')
    .helpOption(...helpOption)
    .helpCommand('help [command]', 'show help of a command')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({
      sortSubcommands: false,
      showGlobalOptions: false,
      // Every verb has options: saying so each time hides the names.
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Usage faults are thrown by exitOverride and printed once, by main.
      writeErr: () => {},
      outputError: () => {},
    });
  return program;
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** Options of every verb. No defaults: what was not said stays undefined. */
export const commonOptions: readonly (readonly [flags: string, description: string])[] = [
  ['--env <name>', 'environment of the config'],
  ['--database-url <url>', 'the target; goes before everything else (env:NAME reads a variable)'],
  ['--target <kind>', 'embedded, or container:<image>'],
  ['--config <file>', 'config file (default: dbkit.config.ts, .js or .json)'],
  ['--json', 'print one JSON document on stdout, also on failure'],
  ['--quiet', 'print no progress'],
  ['--verbose', 'print more progress'],
  ['--color', 'use colour even without a terminal'],
  ['--no-color', 'use no colour'],
];

function addCommonOptions(command: Command): void {
  for (const [flags, description] of commonOptions)
    command.addOption(new Option(flags, description).helpGroup(commonGroup));
  // Else it alone is a group below this one, where a verb has no options of its own.
  command.addHelpOption(new Option(...helpOption).helpGroup(commonGroup));
}

/** What each exit status means to every verb; 1 is the verb's own. */
export const sharedExits: Readonly<Record<ExitCode, string>> = {
  0: 'done, or nothing to do',
  1: '',
  2: 'could not do it: usage, config, refused, failed and rolled back',
  3: 'unreachable or busy: trying again may help',
  130: 'interrupted',
};

const texts = new WeakMap<Command, VerbText>();

/** What was declared of a verb beside its options; for the reference in docs. */
export function verbTextOf(command: Command): VerbText | undefined {
  return texts.get(command);
}

function addHelp(command: Command, verb: VerbText): void {
  texts.set(command, verb);
  command.addHelpText('after', () => {
    const exits = Object.entries({ ...sharedExits, ...verb.exits })
      .filter(([, meaning]) => meaning !== '')
      .map(([code, meaning]) => `${code.padEnd(4)} ${meaning}`);
    return [
      ...(verb.notes === undefined ? [] : ['', verb.notes]),
      ...(verb.guard === undefined ? [] : section('Where it runs', renderGuardRow(verb.guard).split('\n'))),
      ...section(
        'Examples',
        verb.examples.map((example) => `$ ${example}`),
      ),
      ...section('Exit status', exits),
    ].join('\n');
  });
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

/** What rooms declare their verbs with. */
export function createVerbs(io: Io, origin: Origin, status: Status): Verbs {
  const declare = (command: Command, verb: VerbText, run: (call: Call) => Promise<ExitCode>) => {
    addCommonOptions(command);
    addHelp(command, verb);
    command.action(async () => {
      status.exitCode = await run({
        name: verbName(command),
        args: command.processedArgs,
        options: command.optsWithGlobals(),
      });
    });
  };
  return {
    onTarget: <Report, Early>(command: Command, verb: TargetVerb<Report, Early>) =>
      declare(command, verb, (call) => runTargetVerb(call, verb, io, origin)),
    onChoice: <Report>(command: Command, verb: ChoiceVerb<Report>) =>
      declare(command, verb, (call) => runChoiceVerb(call, verb, io, origin)),
  };
}

/** `migrate up`, without the program's own name. */
export function verbName(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent != null; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}
