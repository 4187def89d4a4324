/** Reports of the db verbs as text. */
import type { Style } from '../command.ts';
import type {
  BootstrapReport,
  GrantsReport,
  HistoryReport,
  MarkReport,
  ResetReport,
  ServerReport,
  StopReport,
} from './report.ts';

export function renderServer(report: ServerReport, style: Style): string {
  const state = report.running
    ? style.good(report.kept ? 'running, kept until: dbkit db stop' : 'running')
    : report.initialised
      ? 'stopped'
      : 'not made yet';
  const lines = [
    `${style.bold('embedded server')} ${state}`,
    `  PostgreSQL ${report.version}, platform ${report.platform}`,
    `  data in ${report.dataDirectory}`,
  ];
  if (report.users !== null && report.running)
    lines.push(`  ${report.users} ${report.users === 1 ? 'command uses' : 'commands use'} it`);
  if (report.url !== null) lines.push(`  psql '${report.url}'`);
  return lines.join('\n');
}

export function renderStop({ outcome, users }: StopReport): string {
  switch (outcome) {
    case 'stopped':
      return 'the embedded server is stopped';
    case 'not-running':
      return 'the embedded server was not running';
    case 'in-use':
      return `${users} ${users === 1 ? 'command uses' : 'commands use'} the embedded server: it stops with the last of them, or now with --force`;
    default: {
      const never: never = outcome;
      throw new Error(`not handled: ${String(never)}`);
    }
  }
}

export function renderReset({ dataDirectory, removed, running }: ResetReport): string {
  if (!removed) return `nothing to remove: there is no data in ${dataDirectory}`;
  const now = running ? 'an empty server runs in its place' : 'the next command that needs it begins with an empty one';
  return `removed ${dataDirectory}; ${now}`;
}

export function renderBootstrap(report: BootstrapReport, style: Style): string {
  if (report.sql !== null) return report.sql;
  return [
    ...report.changed.map((text) => `made ${text}`),
    ...(report.changed.length === 0 ? ['nothing to do: all of it is there'] : []),
    ...report.unfaithful.map((text) => `${style.warn('! not as on Supabase:')} ${text}`),
  ].join('\n');
}

export function renderMark({ before, marker }: MarkReport): string {
  return before === marker
    ? `the database was marked as ${marker} already`
    : `the database is marked as ${marker}${before === null ? '' : `, no longer as ${before}`}`;
}

/** SQL that can be piped into psql: what is no SQL stands in comments. */
export function renderGrants({ role, sql, notes }: GrantsReport): string {
  const none = sql.length === 0 && notes.length === 0 ? [`-- ${role} has all that is needed`] : [];
  return [...notes.map((text) => `-- ${text}`), ...sql, ...none].join('\n');
}

/** A Markdown table, as an auditor pastes it. */
export function renderHistory({ app, since, events }: HistoryReport): string {
  if (events.length === 0) return `No events of app ${app}${since === null ? '' : ` since ${since}`}.`;
  const cell = (text: string | null) => (text ?? '').replace(/[\\|]/g, '\\$&').replace(/\s+/g, ' ');
  const columns = 'at,event,subject,role,actor,commit,run,plan,checksum before,checksum after,dbkit'.split(',');
  const head = `| ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length)}`;
  const rows = events.map(
    (event) =>
      `| ${[
        event.at,
        event.event,
        typeof event.detail.before === 'string' ? `${event.subject}, was ${event.detail.before}` : event.subject,
        event.sessionRole === event.executingRole
          ? event.executingRole
          : `${event.sessionRole} as ${event.executingRole}`,
        event.actor,
        event.commit,
        event.runUrl,
        event.planHash,
        event.checksumBefore?.slice(0, 12) ?? null,
        event.checksumAfter?.slice(0, 12) ?? null,
        event.dbkitVersion,
      ]
        .map(cell)
        .join(' | ')} |`,
  );
  return [head, ...rows].join('\n');
}
