/** The life of one verb: config, target, signals, the verb, its report or its error, the exit status. */
import type { ChoiceVerb, ChoiceVerbInput, Origin, Outcome, TargetVerb, VerbInput } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { DbkitError } from '../errors.ts';
import type { Target, VerbContext } from '../postgres/target.ts';
import { interruptible } from './interrupt.ts';
import type { Io, OutputFlags } from './io.ts';
import { hasColor, styleFor } from './io.ts';
import type { Progress } from './progress.ts';
import { createProgress } from './progress.ts';
import { renderError, toErrorDocument } from './render-error.ts';
import { renderTarget } from './render-target.ts';

/** One call of a verb, as the command line gave it. */
export interface Call {
  /** `migrate up` */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

export function outputFlags(options: Readonly<Record<string, unknown>>): OutputFlags {
  return {
    json: options.json === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    color: typeof options.color === 'boolean' ? options.color : undefined,
  };
}

export function runTargetVerb<Report>(call: Call, verb: TargetVerb<Report>, io: Io, origin: Origin): Promise<ExitCode> {
  return runVerb(call, verb, verb.writes, io, origin, async (input, progress) => {
    const context = await input.openTarget();
    if (verb.writes && !outputFlags(call.options).json)
      progress.onEvent({ kind: 'note', text: renderTarget(context.db.description) });
    return verb.run({ ...input, context });
  });
}

export function runChoiceVerb<Report>(call: Call, verb: ChoiceVerb<Report>, io: Io, origin: Origin): Promise<ExitCode> {
  return runVerb(call, verb, true, io, origin, (input) => verb.run(input));
}

async function runVerb<Report>(
  call: Call,
  verb: Pick<TargetVerb<Report>, 'render'>,
  writes: boolean,
  io: Io,
  origin: Origin,
  work: (input: ChoiceVerbInput, progress: Progress) => Promise<Outcome<Report>>,
): Promise<ExitCode> {
  const flags = outputFlags(call.options);
  const progress = createProgress(io, flags);
  const opened: Target[] = [];
  try {
    const { report, exitCode = 0 } = await interruptible(io, progress.onEvent, async (signal) => {
      try {
        return await work(await prepare(call, writes, io, origin, signal, progress, opened), progress);
      } catch (error) {
        throw signal.aborted && !(error instanceof DbkitError)
          ? new DbkitError('INTERRUPTED', `${call.name} was interrupted`, { cause: error })
          : error;
      } finally {
        for (const target of opened) await target.close();
      }
    });
    await progress.close();
    if (flags.json) await write(io.stdout, document(call.name, exitCode, report, null, origin));
    else await write(io.stdout, await verb.render(report, styleFor(hasColor(io.stdout, io.env, flags.color))));
    return exitCode;
  } catch (error) {
    await progress.close();
    return reportError(error, call.name, flags, io, origin);
  }
}

async function prepare(
  call: Call,
  writes: boolean,
  io: Io,
  origin: Origin,
  signal: AbortSignal,
  progress: Progress,
  opened: Target[],
): Promise<ChoiceVerbInput> {
  const { loadConfig } = await import('../config/load.ts');
  const { options } = call;
  const text = (name: string) => (typeof options[name] === 'string' ? (options[name] as string) : undefined);
  const cwd = io.cwd();
  const config = await loadConfig({ cwd, configPath: text('config') });
  const input: VerbInput = {
    args: call.args,
    options,
    config,
    origin,
    environment: io.env,
    cwd,
    signal,
    onEvent: progress.onEvent,
    now: () => new Date(),
  };
  const { readEnvFile } = await import('../config/env-file.ts');
  const { chooseTarget } = await import('../config/choose-target.ts');
  const envFile = await readEnvFile(config.root);
  const choose = () =>
    chooseTarget({
      flags: { databaseUrl: text('databaseUrl'), env: text('env'), target: text('target') },
      environment: io.env,
      envFile,
      config,
      writes,
    });
  return {
    ...input,
    chooseTarget: choose,
    openTarget: async (): Promise<VerbContext> => {
      const { openTarget } = await import('../postgres/open-target.ts');
      const db = await openTarget(choose(), { config, signal, onEvent: progress.onEvent, environment: io.env });
      opened.push(db);
      return { db, signal, onEvent: progress.onEvent, now: input.now };
    },
  };
}

/** The one way in which an error reaches a person or a pipeline. */
export async function reportError(
  error: unknown,
  command: string,
  flags: OutputFlags,
  io: Io,
  origin: Origin,
): Promise<ExitCode> {
  const exitCode = error instanceof DbkitError ? error.exitCode : 2;
  if (flags.json)
    await write(
      io.stdout,
      document(command, exitCode, error instanceof DbkitError ? error.result : null, error, origin),
    );
  else
    await write(
      io.stderr,
      renderError(error, styleFor(hasColor(io.stderr, io.env, flags.color)), io.cwd(), origin.dbkitVersion),
    );
  return exitCode;
}

function document(command: string, exitCode: ExitCode, result: unknown, error: unknown, origin: Origin): string {
  return `${JSON.stringify({
    dbkit: origin.dbkitVersion,
    schema: 1,
    command,
    ok: exitCode === 0,
    exitCode,
    result,
    error: error === null ? null : toErrorDocument(error),
  })}\n`;
}

/** Resolves when the stream took it all, so that a slow pipe gets a large document whole. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '') resolve();
    else stream.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve());
  });
}
