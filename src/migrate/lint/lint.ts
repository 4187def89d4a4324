/** `dbkit migrate lint`: records migrations on a scratch database and holds the rules against what they did. */
import type { Platform, ResolvedConfig } from '../../config/schema.ts';
import { failing } from '../../findings/finding.ts';
import type { TargetDescription, VerbContext } from '../../postgres/target.ts';
import type { MigrationFile } from '../migration.ts';
import { loadUnchecked } from '../module.ts';
import type { MigrateOptions } from '../options.ts';
import type { Chosen } from './choose.ts';
import type { TableStats } from './estimate.ts';
import { bytesOf } from './estimate.ts';
import { judge } from './judge.ts';
import { recordMigrations } from './record/record.ts';
import type { LintReport } from './report.ts';
import type { LintContext, LintRule } from './rule.ts';
import { reportStatements } from './statement-report.ts';
import { refuseUnknownRules } from './unknown-rules.ts';

export interface LintOptions
  extends Pick<MigrateOptions, 'folder' | 'app' | 'lockTimeoutMs' | 'statementTimeoutMs' | 'provenance'> {
  /** Of the folder. */
  readonly files: readonly MigrationFile[];
  readonly chosen: readonly Chosen[];
  readonly rules: readonly LintRule[];
  readonly config: Pick<ResolvedConfig, 'lint' | 'allow' | 'file'>;
  readonly stats: TableStats | null;
  /** Whose pending migrations these are. */
  readonly target: TargetDescription | null;
}

/**
 * `openScratch` is called where there is something to run, and again behind a migration that failed. Throws what
 * `migrateUp` throws for migrations that are not judged: they are applied somewhere, and nothing can be said without them;
 * CONFIG_INVALID and FILE_INVALID for rules that there are not.
 */
export async function lintMigrations(
  options: LintOptions,
  openScratch: () => Promise<VerbContext>,
): Promise<LintReport> {
  const { chosen, config, stats, files } = options;
  const judged = chosen.filter((one) => one.judged);
  const migrations = await loadUnchecked(chosen.map(({ file }) => file));
  const asked = migrations.filter((_, index) => chosen[index]?.judged === true);
  refuseUnknownRules(config, asked, options.rules);
  const context = judged.length === 0 ? null : await openScratch();
  const recorded =
    context === null
      ? []
      : await recordMigrations(
          context,
          migrations.map((migration, index) => ({
            migration,
            record: chosen[index]?.judged === true ? 'up and down' : null,
          })),
          options,
          openScratch,
        );
  const notReached = judged.filter(({ file }) => !recorded.some((one) => one.file.name === file.name));
  const result = judge(recorded, {
    rules: options.rules,
    levels: config.lint.rules,
    context: lintContext(options, context?.db.description.platform ?? 'postgres'),
    stats,
    allow: config.allow,
    configFile: config.file,
    names: files.map(({ name }) => name),
    complete: judged.length === files.length && judged.length > 0 && notReached.length === 0,
  });
  return {
    target: options.target,
    folder: options.folder,
    migrations: recorded.map(({ file, up, down }) => ({
      name: file.name,
      kind: file.kind,
      file: file.file,
      up: reportStatements(up, stats),
      down: down === null ? null : reportStatements(down, stats),
    })),
    findings: result.findings,
    rules: result.rules.map(({ name, severity, summary, explanation }) => ({ name, severity, summary, explanation })),
    failing: failing(result.findings).length,
    output: null,
    notes: [
      ...(judged.length === 0 ? ['nothing to lint'] : []),
      ...(notReached.length === 0
        ? []
        : [
            `not looked at, because ${recorded.at(-1)?.file.name} can not be applied: ${notReached.map(({ file }) => file.name).join(', ')}`,
          ]),
    ],
  };
}

function lintContext(
  { config, stats, lockTimeoutMs, statementTimeoutMs }: LintOptions,
  platform: Platform,
): LintContext {
  const supabase = platform === 'supabase';
  return {
    exposedSchemas: config.lint.exposedSchemas ?? (supabase ? ['public'] : []),
    clientRoles: supabase ? ['anon', 'authenticated'] : [],
    lockTimeoutMs: lockTimeoutMs === 0 ? null : lockTimeoutMs,
    statementTimeoutMs,
    stats:
      stats === null
        ? null
        : new Map([...stats].map(([relation, size]) => [relation, { rows: size.rows, bytes: bytesOf(size) }])),
  };
}
