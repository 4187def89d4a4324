/** Loads a config in a plain Node process and prints what came of it: `node load-in-node.ts <cwd> [<--config>]`. */
import { registerHooks } from 'node:module';

const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
const { loadConfig } = await import('../../src/config/load.ts');
const { DbkitError } = await import('../../src/errors.ts');
const [cwd = '.', configPath] = process.argv.slice(2);
const zod = () => loaded.some((url) => url.includes('/node_modules/zod/'));
try {
  const config = await loadConfig({ cwd, configPath });
  console.log(JSON.stringify({ config, zod: zod() }));
} catch (error) {
  if (!(error instanceof DbkitError)) throw error;
  const { code, message, hint, location, details } = error;
  console.log(JSON.stringify({ error: { code, message, hint, location, details }, zod: zod() }));
}
