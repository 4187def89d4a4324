/** `dbkit demo`. */
import type { RegisterRoom } from '../command.ts';
import { DbkitError } from '../errors.ts';
import type { DemoStep } from './demo.ts';

/** The steps come from other rooms; they are loaded when the demo runs. */
export function registerDemo(loadSteps: () => Promise<readonly DemoStep[]>): RegisterRoom {
  return (program, verbs) => {
    const command = program
      .command('demo')
      .description('show the whole loop on a throw-away server, and leave nothing behind');
    verbs.onChoice(command, {
      examples: ['dbkit demo'],
      run: async ({ options, origin, signal, onEvent, now }) => {
        refuseTarget(options);
        const { runDemo } = await import('./demo.ts');
        const { ownPackageRoot } = await import('../config/own-package.ts');
        return {
          report: await runDemo({
            steps: await loadSteps(),
            packageRoot: ownPackageRoot(),
            dbkitVersion: origin.dbkitVersion,
            signal,
            onEvent,
            now,
          }),
        };
      },
      render: async (report, style) => (await import('./render.ts')).renderDemo(report, style),
    });
  };
}

function refuseTarget({ databaseUrl, target, env }: Readonly<Record<string, unknown>>): void {
  const named = Object.entries({ '--database-url': databaseUrl, '--target': target, '--env': env })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag);
  if (named.length === 0) return;
  throw new DbkitError(
    'USAGE',
    `the demo takes no ${named.join(', ')}: it always runs on a throw-away server of its own`,
    {
      hint: 'dbkit demo',
    },
  );
}
