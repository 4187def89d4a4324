/** From the arguments to what a verb works with. */
import type { ChoiceVerb, ChoiceVerbInput, Origin, VerbInput } from '../command.ts';
import { chooseTarget } from '../config/choose-target.ts';
import { readEnvFile } from '../config/env-file.ts';
import { loadConfig } from '../config/load.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { DbkitError } from '../errors.ts';
import type { Target, VerbContext } from '../postgres/target.ts';
import type { Io } from './io.ts';
import type { Progress } from './progress.ts';
import { renderTarget } from './render-target.ts';
import type { Call } from './run-verb.ts';

/** What a verb's input is made of. */
export interface Preparing {
  readonly call: Call;
  readonly verb: Pick<ChoiceVerb<never>, 'writes' | 'explainsConfig'>;
  readonly io: Io;
  readonly origin: Origin;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Gets every target that is opened, to be closed. */
  readonly opened: Target[];
}

/** Reads the config; the target is chosen and opened when the verb asks. Throws what reading the config throws. */
export async function prepare(given: Preparing): Promise<ChoiceVerbInput> {
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
  try {
    return { config: await loadConfig({ cwd, configPath }), configFault: null };
  } catch (error) {
    if (!explains || !(error instanceof DbkitError)) throw error;
    return { config: resolveConfig({}, null, cwd), configFault: error };
  }
}
