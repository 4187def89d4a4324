/** The command line's side of `dbkit migrate lint`: options, target, scratch database, the file of `--output`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ChoiceVerbInput, Style } from '../../command.ts';
import { DbkitError } from '../../errors.ts';
import type { FindingsDocument } from '../../findings/finding.ts';
import type { FindingFormat } from '../../findings/format.ts';
import { formatFindings } from '../../findings/format.ts';
import type { TargetDescription, VerbContext } from '../../postgres/target.ts';
import { migrateOptions } from '../command-options.ts';
import { readMigrationFolder } from '../folder.ts';
import { readJournal } from '../journal.ts';
import type { MigrationFile } from '../migration.ts';
import type { MigrationScratch } from '../scratch/migration-scratch.ts';
import { openMigrationScratch } from '../scratch.ts';
import type { MigrationState } from '../state.ts';
import { compareWithJournal } from '../state.ts';
import { addedSince } from './added-since.ts';
import { chooseMigrations } from './choose.ts';
import { lintMigrations } from './lint.ts';
import { readStats } from './read-stats.ts';
import { renderLint } from './render.ts';
import type { LintReport } from './report.ts';
import { rules } from './rules/index.ts';

/** The report, and its text where `--format` says another than `text`. */
export interface Linted {
  readonly report: LintReport;
  readonly text: string | null;
}

export async function runLint(input: ChoiceVerbInput): Promise<Linted> {
  const { config, options, args, cwd, onEvent } = input;
  const files = await readMigrationFolder(config.migrations);
  const statsFile = typeof options.stats === 'string' ? resolve(cwd, options.stats) : null;
  const [stats, added] = await Promise.all([
    statsFile === null ? null : readStats(statsFile),
    typeof options.base === 'string' ? addedSince(options.base, config.migrations) : null,
  ]);
  const like = await likeness(input, files);
  const chosen = chooseMigrations(files, like?.states ?? null, {
    names: (args[0] as readonly string[] | undefined) ?? [],
    since: typeof options.since === 'string' ? options.since : null,
    added,
  });
  const opened: MigrationScratch[] = [];
  try {
    const step = `run ${chosen.length === 1 ? '1 migration' : `${chosen.length} migrations`} on a scratch database`;
    const begin = performance.now();
    const report = await lintMigrations(
      { ...(await migrateOptions(input)), files, chosen, rules, config, stats, target: like?.target ?? null },
      async () => {
        if (opened.length === 0) onEvent({ kind: 'start', text: step });
        // One at a time: the one before is of no more use.
        await opened.at(-1)?.close();
        const scratch = await openMigrationScratch(input, like?.context.db ?? null, { files });
        opened.push(scratch);
        return scratch.context;
      },
    );
    if (opened.length > 0) onEvent({ kind: 'end', text: step, durationMs: performance.now() - begin });
    return await finish(input, report);
  } finally {
    await opened.at(-1)?.close();
  }
}

interface Likeness {
  readonly context: VerbContext;
  readonly target: TargetDescription;
  readonly states: readonly MigrationState[];
}

/** A target that was merely lying about in the environment is not asked: it has to be said. */
async function likeness(input: ChoiceVerbInput, files: readonly MigrationFile[]): Promise<Likeness | null> {
  if (!['databaseUrl', 'env', 'target'].some((name) => input.options[name] !== undefined)) return null;
  const context = await input.openTarget();
  const connection = await context.db.connect('dbkit migrate lint');
  try {
    const states = compareWithJournal(files, await readJournal(connection, input.config.app));
    return { context, target: context.db.description, states };
  } finally {
    await connection.close();
  }
}

/** Makes the text, and puts it into the file of `--output`; what stays for stdout is then the plain one. */
async function finish(input: ChoiceVerbInput, report: LintReport): Promise<Linted> {
  const { options, cwd } = input;
  const format = (options.format as FindingFormat | undefined) ?? 'text';
  const text = await textOf(format, input, report);
  if (typeof options.output !== 'string') return { report, text: format === 'text' ? null : text };
  const output = resolve(cwd, options.output);
  try {
    await mkdir(dirname(output), { recursive: true });
    await writeFile(output, text.endsWith('\n') ? text : `${text}\n`);
  } catch (error) {
    throw new DbkitError('IO_FAILED', `${output} can not be written: ${(error as NodeJS.ErrnoException).code}`, {
      hint: 'choose another file: --output <file>',
      cause: error,
    });
  }
  return { report: { ...report, output }, text: null };
}

async function textOf(format: FindingFormat, { config, origin }: ChoiceVerbInput, report: LintReport): Promise<string> {
  if (format === 'text') return renderLint(report, plain);
  const exitCode = report.failing > 0 ? 1 : 0;
  const command = 'migrate lint';
  const { dbkitVersion } = origin;
  if (format === 'json')
    return JSON.stringify({
      dbkit: dbkitVersion,
      schema: 1,
      command,
      ok: exitCode === 0,
      exitCode,
      result: report,
      error: null,
    });
  const { rules: asked, findings, notes, migrations } = report;
  const document: FindingsDocument = {
    command,
    dbkitVersion,
    root: config.root,
    rules: asked,
    findings,
    subjects: migrations.map(({ name, file }) => ({ name, file })),
    notes,
  };
  return formatFindings(format, document);
}

const same = (text: string) => text;
const plain: Style = { bold: same, dim: same, good: same, bad: same, warn: same };
