/** `dbkit doctor`. */
import type { RegisterRoom } from '../command.ts';
import type { RoomCheck } from './diagnose.ts';

/** Other rooms give their checks; they are loaded when the doctor runs. */
export function registerDoctor(loadChecks: () => Promise<readonly RoomCheck[]>): RegisterRoom {
  return (program, verbs) => {
    const command = program
      .command('doctor')
      .description('look at config, target, database and machine, and explain what is there');
    verbs.onChoice(command, {
      examples: ['dbkit doctor', 'dbkit doctor --env staging --json'],
      exits: { 1: 'something is at fault' },
      explainsConfig: true,
      notes: 'It changes nothing. The embedded server, where it is the target, is started for as long as it takes.',
      run: async (input) => {
        const { diagnose } = await import('./diagnose.ts');
        const report = await diagnose({ ...input, roomChecks: await loadChecks() });
        return { report, exitCode: report.checks.some(({ state }) => state === 'fail') ? 1 : 0 };
      },
      render: async (report, style) => (await import('./render.ts')).renderDoctor(report, style),
    });
  };
}
