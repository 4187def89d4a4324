/** `dbkit db start|stop|status|url|reset`: the embedded server, and no other. */
import type { Command } from 'commander';
import type { ChoiceVerbInput, Verbs } from '../command.ts';
import { DbkitError } from '../errors.ts';
import type { ServerOptions } from './server.ts';

const lazyRender = () => import('./render.ts');

export function declareServer(db: Command, verbs: Verbs): void {
  verbs.onChoice(db.command('start').description('start the embedded server and let it run'), {
    examples: ['dbkit db start'],
    run: async (input) => ({ report: await (await import('./server.ts')).startServer(serverOptions(input)) }),
    render: async (report, style) => (await lazyRender()).renderServer(report, style),
  });
  verbs.onChoice(
    db.command('stop').description('stop the embedded server').option('--force', 'also while other commands use it'),
    {
      examples: ['dbkit db stop', 'dbkit db stop --force'],
      exits: { 1: 'other commands use it: it stops with the last of them' },
      run: async (input) => {
        const { stopServer } = await import('./server.ts');
        const report = await stopServer({ ...serverOptions(input), force: input.options.force === true });
        return { report, exitCode: report.outcome === 'in-use' ? 1 : 0 };
      },
      render: async (report) => (await lazyRender()).renderStop(report),
    },
  );
  verbs.onChoice(db.command('status').description('whether the embedded server runs, and where its data lies'), {
    examples: ['dbkit db status', 'dbkit db status --json'],
    run: async (input) => ({ report: await (await import('./server.ts')).serverStatus(serverOptions(input)) }),
    render: async (report, style) => (await lazyRender()).renderServer(report, style),
  });
  verbs.onChoice(db.command('url').description('the URL of the running embedded server, for psql'), {
    examples: ['psql "$(dbkit db url)"'],
    run: async (input) => ({ report: await (await import('./server.ts')).serverUrl(serverOptions(input)) }),
    render: ({ url }) => url,
  });
  verbs.onChoice(
    db
      .command('reset')
      .description('remove the data of the embedded server and begin anew')
      .option('--force', 'also while other commands use it'),
    {
      examples: ['dbkit db reset', 'dbkit db reset --target embedded'],
      writes: true,
      notes:
        'It never touches another server. Where something else names the target (a flag, DATABASE_URL, .env, an\n' +
        'environment) or CI is set, it refuses and wants --target embedded.',
      run: async (input) => {
        refuseOther(input, 'db reset', input.chooseTarget().kind);
        const { resetServer } = await import('./server.ts');
        return { report: await resetServer({ ...serverOptions(input), force: input.options.force === true }) };
      },
      render: async (report) => (await lazyRender()).renderReset(report),
    },
  );
}

/** What these verbs need; a flag that names another server is refused rather than passed over. */
function serverOptions(input: ChoiceVerbInput): ServerOptions {
  const said = ['databaseUrl', 'env', 'target'].some((name) => input.options[name] !== undefined);
  if (said) refuseOther(input, 'this verb', input.chooseTarget().kind);
  const { config, signal, onEvent, origin } = input;
  return { config, dbkitVersion: origin.dbkitVersion, signal, onEvent };
}

function refuseOther(input: ChoiceVerbInput, verb: string, kind: string): void {
  if (kind === 'embedded') return;
  throw new DbkitError(
    'TARGET_REFUSED',
    `${verb} works on the embedded server only; ${input.chooseTarget().source} names another target`,
    { hint: 'if the embedded server is meant: --target embedded' },
  );
}
