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
  return runVerb(call, verb, io, origin, async (input) => {
    const context = await input.openTarget();
    return verb.run({ ...input, context });
  });
}

export function runChoiceVerb<Report>(call: Call, verb: ChoiceVerb<Report>, io: Io, origin: Origin): Promise<ExitCode> {
  return runVerb(call, verb, io, origin, (input) => verb.run(input));
}

/** How a verb is run, whichever kind it is. */
type Manner<Report> = Pick<ChoiceVerb<Report>, 'render' | 'writes' | 'explainsConfig'>;

async function runVerb<Report>(
  call: Call,
  verb: Manner<Report>,
  io: Io,
  origin: Origin,
  work: (input: ChoiceVerbInput) => Promise<Outcome<Report>>,
): Promise<ExitCode> {
  const flags = outputFlags(call.options);
  const progress = createProgress(io, flags);
  const opened: Target[] = [];
  try {
    const { report, exitCode = 0 } = await interruptible(io, progress.onEvent, async (signal) => {
      try {
        return await work(await prepare({ call, verb, io, origin, signal, progress, opened }));
      } catch (fault) {
        const { fromUnexpectedSqlError } = await import('../postgres/unexpected-sql-error.ts');
        const error = fromUnexpectedSqlError(fault, call.name);
        throw signal.aborted && !(error instanceof DbkitError)
          ? new DbkitError('INTERRUPTED', `${call.name} was interrupted`, { cause: error })
          : error;
      } finally {
        for (const target of opened) await target.close();
      }
    });
    await progress.close();
    if (flags.json) await write(io.stdout, document(call.name, exitCode, report, null, origin));
    else
      await write(
        io.stdout,
        await verb.render(report, styleFor(hasColor(io.stdout, io.env, flags.color)), call.options),
      );
    return exitCode;
  } catch (error) {
    await progress.close();
    return reportError(error, call.name, flags, io, origin);
  }
}

interface Preparing {
  readonly call: Call;
  readonly verb: Manner<never>;
  readonly io: Io;
  readonly origin: Origin;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Gets every target that is opened, to be closed. */
  readonly opened: Target[];
}

async function prepare(given: Preparing): Promise<ChoiceVerbInput> {
  const { call, verb, io, origin, signal, progress, opened } = given;
  const { options } = call;
  const text = (name: string) => (typeof options[name] === 'string' ? (options[name] as string) : undefined);
  const cwd = io.cwd();
  const { config, configFault } = await readConfig(cwd, text('config'), verb.explainsConfig === true);
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
  const writes = verb.writes === true;
  const choose = () =>
    chooseTarget({
      flags: { databaseUrl: text('databaseUrl'), env: text('env'), target: text('target') },
      environment: io.env,
      envFile: readEnvFile(config.root),
      config,
      writes,
    });
  return {
    ...input,
    configFault,
    chooseTarget: choose,
    openTarget: async (): Promise<VerbContext> => {
      const { openTarget } = await import('../postgres/open-target.ts');
      const db = await openTarget(choose(), {
        config,
        signal,
        onEvent: progress.onEvent,
        environment: io.env,
        dbkitVersion: origin.dbkitVersion,
      });
      opened.push(db);
      if (writes) progress.onEvent({ kind: 'note', text: renderTarget(db.description) });
      return { db, signal, onEvent: progress.onEvent, now: input.now };
    },
  };
}

async function readConfig(cwd: string, configPath: string | undefined, explains: boolean) {
  const { loadConfig } = await import('../config/load.ts');
  try {
    return { config: await loadConfig({ cwd, configPath }), configFault: null };
  } catch (error) {
    if (!explains || !(error instanceof DbkitError)) throw error;
    const { resolveConfig } = await import('../config/resolve-config.ts');
    return { config: resolveConfig({}, null, cwd), configFault: error };
  }
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
