/** The life of one verb: config, target, signals, the verb, its report or its error, the exit status. */
import type { ChoiceVerb, ChoiceVerbInput, Origin, Outcome, TargetVerb } from '../command.ts';
import type { ExitCode } from '../errors.ts';
import { DbkitError } from '../errors.ts';
import type { Target } from '../postgres/target.ts';
import { interruptible } from './interrupt.ts';
import type { Io, OutputFlags } from './io.ts';
import { styleFor } from './io.ts';
import { withOwnOutput } from './own-output.ts';
import { createProgress } from './progress.ts';
import type { ErrorDocument } from './render-error.ts';

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

export function runTargetVerb<Report, Early>(
  call: Call,
  verb: TargetVerb<Report, Early>,
  io: Io,
  origin: Origin,
): Promise<ExitCode> {
  return runVerb(call, verb, io, origin, async (input) => {
    await verb.refuse?.(input);
    const opening = input.openTarget();
    const [early, opened] = await Promise.allSettled([verb.early?.(input), opening]);
    if (early.status === 'rejected') throw early.reason;
    if (opened.status === 'rejected') throw opened.reason;
    return verb.run({ ...input, context: opened.value, early: early.value as Early });
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
  const progress = await createProgress(io, flags);
  const opened: Target[] = [];
  try {
    const running = () =>
      interruptible(io, progress.onEvent, async (signal) => {
        try {
          const { prepare } = await import('./prepare.ts');
          return await work(await prepare({ call, verb, io, origin, signal, progress, opened }));
        } catch (fault) {
          const { fromUnexpectedSqlError } = await import('../postgres/unexpected-sql-error.ts');
          const { errorAt } = await import('../postgres/same-target.ts');
          const target = opened.at(-1)?.description;
          const told = fromUnexpectedSqlError(fault, call.name);
          const error = target === undefined ? told : errorAt(told, target);
          throw signal.aborted && !(error instanceof DbkitError)
            ? new DbkitError('INTERRUPTED', `${call.name} was interrupted`, { cause: error })
            : error;
        } finally {
          for (const target of opened) await target.close();
        }
      });
    const { report, exitCode = 0 } = await withOwnOutput(io, running);
    await progress.close();
    if (flags.json) await write(io.stdout, document(call.name, exitCode, report, null, origin));
    else await write(io.stdout, await verb.render(report, await styleFor(io.stdout, io, flags), call.options));
    return exitCode;
  } catch (error) {
    await progress.close();
    return reportError(error, call.name, flags, io, origin);
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
  const { renderError, toErrorDocument } = await import('./render-error.ts');
  const exitCode = error instanceof DbkitError ? error.exitCode : 2;
  if (flags.json)
    await write(
      io.stdout,
      document(command, exitCode, error instanceof DbkitError ? error.result : null, toErrorDocument(error), origin),
    );
  else await write(io.stderr, renderError(error, await styleFor(io.stderr, io, flags), io.cwd(), origin.dbkitVersion));
  return exitCode;
}

function document(
  command: string,
  exitCode: ExitCode,
  result: unknown,
  error: ErrorDocument | null,
  origin: Origin,
): string {
  return `${JSON.stringify({
    dbkit: origin.dbkitVersion,
    schema: 1,
    command,
    ok: exitCode === 0,
    exitCode,
    result,
    error,
  })}\n`;
}

/** Resolves when the stream took it all, so that a slow pipe gets a large document whole. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '') resolve();
    else stream.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve());
  });
}
