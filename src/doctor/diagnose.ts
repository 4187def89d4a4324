/** Looks at the whole setting, changes nothing, and explains what it sees. A fault of one check never hides the others. */
import type { ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import type { VerbContext } from '../postgres/target.ts';
import { checkDatabase } from './check-database.ts';
import { checkMachine } from './check-machine.ts';
import type { DoctorCheck, DoctorReport } from './report.ts';

/** A check that another room gives, on an open target. */
export type RoomCheck = (config: ResolvedConfig, context: VerbContext) => Promise<DoctorCheck>;

export interface DiagnoseOptions {
  readonly config: ResolvedConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Throws what the choice of a target, and a connection, throw. */
  readonly openTarget: () => Promise<VerbContext>;
  readonly roomChecks: readonly RoomCheck[];
}

export async function diagnose(options: DiagnoseOptions): Promise<DoctorReport> {
  const { config, environment } = options;
  const configCheck: DoctorCheck = {
    name: 'config',
    state: 'ok',
    message: config.file === null ? `no config file in ${config.root}: every setting has its default` : config.file,
    hint: null,
  };
  const start = performance.now();
  let context: VerbContext;
  try {
    context = await options.openTarget();
  } catch (error) {
    const target = failed('target', error);
    return { target: null, checks: [configCheck, target, ...(await checkMachine(config, environment, null))] };
  }
  const ms = Math.round(performance.now() - start);
  const { description } = context.db;
  const reached: DoctorCheck = {
    name: 'target',
    state: 'ok',
    message: `${description.database} on ${description.host}:${description.port} as ${description.role}, chosen by ${description.source}; reached in ${ms} ms`,
    hint: null,
  };
  const inside = await guarded('database', () => checkDatabase(context));
  const rooms: DoctorCheck[] = [];
  for (const check of options.roomChecks)
    rooms.push(...(await guarded('migrations', async () => [await check(config, context)])));
  const major = Number.parseInt(description.serverVersion, 10);
  return {
    target: description,
    checks: [configCheck, reached, ...inside, ...rooms, ...(await checkMachine(config, environment, major))],
  };
}

async function guarded(name: string, work: () => Promise<readonly DoctorCheck[]>): Promise<readonly DoctorCheck[]> {
  try {
    return await work();
  } catch (error) {
    return [failed(name, error)];
  }
}

function failed(name: string, error: unknown): DoctorCheck {
  const { message, hint } = error instanceof DbkitError ? error : { message: (error as Error).message, hint: null };
  return { name, state: 'fail', message, hint };
}
