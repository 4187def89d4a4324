/** `npm run bench -- <name> [rounds]`: prints a table of medians and ratios. Never part of the tests. */
import { benchAudit } from './audit.ts';
import { benchCatalog } from './catalog.ts';
import { benchLint } from './lint.ts';
import { benchMigrate } from './migrate.ts';
import { benchProve } from './prove.ts';

const benches: Readonly<Record<string, (rounds: number) => Promise<void>>> = {
  audit: benchAudit,
  catalog: benchCatalog,
  lint: benchLint,
  migrate: benchMigrate,
  prove: benchProve,
};

const [name = 'migrate', rounds = '5'] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  process.stderr.write(`no bench is called ${name}; there are: ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 2;
} else {
  await bench(Number(rounds));
}
