/** Looks at the whole setting, changes nothing, and explains what it sees. A fault of one check never hides the others. */
import type { TargetChoice } from '../config/choose-target.ts';
import type { ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import { whereIs } from '../postgres/describe-target.ts';
import { findDataDirectory } from '../postgres/embedded/data-directory.ts';
import { defaultMajor } from '../postgres/open-target.ts';
import type { VerbContext } from '../postgres/target.ts';
import { checkDatabase } from './check-database.ts';
import { checkMachine } from './check-machine.ts';
import type { DoctorCheck, DoctorReport } from './report.ts';

/** A check that another room gives, on an open target. */
export interface RoomCheck {
  readonly name: string;
  run(config: ResolvedConfig, context: VerbContext): Promise<DoctorCheck>;
}

export interface DiagnoseOptions {
  readonly config: ResolvedConfig;
  /** Why the config could not be read; `config` then holds defaults. */
  readonly configFault: DbkitError | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Throws what the choice of a target throws. */
  readonly chooseTarget: () => TargetChoice;
  /** Throws what a connection throws. */
  readonly openTarget: () => Promise<VerbContext>;
  readonly roomChecks: readonly RoomCheck[];
}

interface Found {
  readonly target: DoctorReport['target'];
  readonly checks: readonly DoctorCheck[];
  readonly embedded: boolean;
}

/** Never throws for what it looks at: that is what it reports. */
export async function diagnose(options: DiagnoseOptions): Promise<DoctorReport> {
  const { config, configFault, environment } = options;
  const { target, checks, embedded } =
    configFault === null ? await lookAtTarget(options) : { target: null, checks: [unknownTarget], embedded: true };
  const serverMajor = target === null ? null : Number.parseInt(target.serverVersion, 10);
  const machine = await checkMachine({ config, environment, serverMajor, embedded });
  return { target, checks: [configCheck(options), ...checks, ...machine] };
}

const unknownTarget: DoctorCheck = {
  name: 'target',
  state: 'skipped',
  message: 'not looked for, as the config names it',
  hint: null,
};

function configCheck({ config, configFault }: DiagnoseOptions): DoctorCheck {
  const name = 'config';
  if (configFault !== null) {
    const message = [configFault.message, ...configFault.details].join('; ');
    return { name, state: 'fail', message, hint: configFault.hint };
  }
  const message = config.file ?? `no config file in ${config.root}: every setting has its default`;
  return { name, state: 'ok', message, hint: null };
}

async function lookAtTarget(options: DiagnoseOptions): Promise<Found> {
  let choice: TargetChoice;
  try {
    choice = options.chooseTarget();
  } catch (error) {
    return { target: null, checks: [failed('target', error)], embedded: false };
  }
  const embedded = choice.kind === 'embedded';
  const sources = sourcesCheck(choice);
  if (embedded && (await isMissing(options.config))) {
    const message = 'the embedded server, which is not made yet: the first command that needs it makes it';
    return { target: null, checks: [...sources, { name: 'target', state: 'ok', message, hint: null }], embedded };
  }
  const start = performance.now();
  let context: VerbContext;
  try {
    context = await options.openTarget();
  } catch (error) {
    return { target: null, checks: [...sources, failed('target', error)], embedded };
  }
  const { description } = context.db;
  const reached = reachedCheck(description, Math.round(performance.now() - start));
  const inside = await guarded('database', () => checkDatabase(context));
  const rooms: DoctorCheck[] = [];
  for (const check of options.roomChecks)
    rooms.push(...(await guarded(check.name, async () => [await check.run(options.config, context)])));
  return { target: description, checks: [...sources, reached, ...inside, ...rooms], embedded };
}

/** To look at an embedded server that is not there would be to make one. */
async function isMissing({ root, postgres, platform }: ResolvedConfig): Promise<boolean> {
  const cluster = { projectRoot: root, major: postgres.version ?? defaultMajor, platform: platform ?? 'postgres' };
  try {
    return findDataDirectory(cluster)?.initialised !== true;
  } catch {
    // Opening it will say why.
    return false;
  }
}

/** Sources that disagree: verbs that read take the strongest, verbs that write refuse. */
function sourcesCheck({ warnings }: TargetChoice): readonly DoctorCheck[] {
  return warnings.map((message) => ({
    name: 'sources',
    state: 'warn',
    message,
    hint: 'verbs that write refuse until only one is left',
  }));
}

function reachedCheck(description: VerbContext['db']['description'], ms: number): DoctorCheck {
  const { environment, role, source } = description;
  const named =
    environment === null ? '' : `, environment ${environment}${description.protected ? ' (protected)' : ''}`;
  const by = source === 'embedded' ? 'as nothing names another' : `named by ${source}`;
  const message = `${whereIs(description)} as ${role}${named}; ${by}; reached in ${ms} ms`;
  return { name: 'target', state: 'ok', message, hint: null };
}

async function guarded(name: string, work: () => Promise<readonly DoctorCheck[]>): Promise<readonly DoctorCheck[]> {
  try {
    return await work();
  } catch (error) {
    return [failed(name, error)];
  }
}

function failed(name: string, error: unknown): DoctorCheck {
  const { message, hint } =
    error instanceof DbkitError
      ? error
      : { message: error instanceof Error ? error.message : String(error), hint: null };
  return { name, state: 'fail', message, hint };
}
