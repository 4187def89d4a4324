/** `dbkit demo`. */
import type { RegisterRoom } from '../command.ts';
import type { DemoStep } from './demo.ts';

/** The steps come from other rooms; they are loaded when the demo runs. */
export function registerDemo(loadSteps: () => Promise<readonly DemoStep[]>): RegisterRoom {
  return (program, verbs) => {
    const command = program
      .command('demo')
      .description('show the whole loop on a throw-away server, and leave nothing behind');
    verbs.onChoice(command, {
      examples: ['dbkit demo'],
      run: async ({ origin, signal, onEvent, now }) => {
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
