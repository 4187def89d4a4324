/**
 * Bundles src/ into dist/, JavaScript only; the declarations follow at `npm pack`.
 *
 * `node build.ts [--if-needed]`. What is bundled and why: docs/decisions/bundle.md.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';
import { build } from 'esbuild';
import { hasFreshBuild } from './bin/fresh-build.js';

const root = import.meta.dirname;
const dist = join(root, 'dist');

async function bundle(): Promise<void> {
  const began = new Date();
  const fresh = `${dist}.${process.pid}`;
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { 'cli/main': 'src/cli/main.ts', index: 'src/index.ts' },
    outdir: fresh,
    // Two levels deep like every entry's folder, so that `new URL('../../…', import.meta.url)` means the same everywhere.
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }),
    plugins: [lazyChildProcess],
    metafile: true,
    write: false,
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, withRequire(withoutFacades(text)));
  }
  writeFileSync(join(fresh, 'THIRD-PARTY.md'), thirdParty(metafile));
  const stamp = join(fresh, '.stamp');
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
  replaceFolder(fresh);
}

/** commander imports it for subcommands that are programs of their own; loading it costs a tenth of `node -e 0`. */
const lazyChildProcess: Plugin = {
  name: 'lazy-child-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes('node_modules/commander/') ? { path: 'child_process', namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, () => ({
      contents: "export default { spawn: (...args) => process.getBuiltinModule('node:child_process').spawn(...args) };",
    }));
  },
};

/**
 * An `import` of a built-in module reads all of its exports, and with them loads what node:fs or node:util only offer
 * (fs.promises, readline, worker threads): a fifth of `node -e 0`. Asking for the module itself does not.
 */
function withoutFacades(text: string): string {
  return text.replace(
    /^import (\{[^}]*\}|[\w$]+|\* as [\w$]+) from "(?:node:)?([\w/]+)";$/gm,
    (statement, names: string, module: string) => {
      if (!isBuiltin(module)) return statement;
      const bound = names.startsWith('{') ? names.replaceAll(' as ', ': ') : names.replace('* as ', '');
      return `const ${bound} = globalThis.process.getBuiltinModule("node:${module}");`;
    },
  );
}

/** Packages written as CommonJS call require, which a module must make for itself; only the chunk that does pays. */
function withRequire(text: string): string {
  if (!text.includes('typeof require ')) return text;
  const create = "process.getBuiltinModule('node:module').createRequire(import.meta.url)";
  return `const require = ${create};\n${text}`;
}

/** Two renames instead of writing in place: a dbkit that starts meanwhile sees one whole build or none. */
function replaceFolder(fresh: string): void {
  const old = `${dist}.${process.pid}.old`;
  mkdirSync(dist, { recursive: true });
  renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

/** The licence of every package that has code in the bundle travels with it, as those licences ask. */
function thirdParty(metafile: Metafile): string {
  const folders = new Set<string>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(output.inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  const sections = [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return `## ${name} ${version}\n\n${licenceText(join(root, folder), name)}\n`;
  });
  return `# Packages inside these files\n\n${sections.join('\n')}`;
}

/** Its own file, or the section of the readme in which some packages keep it. */
function licenceText(folder: string, name: string): string {
  const files = readdirSync(folder);
  const own = files.find((file) => /^licen[cs]e/i.test(file));
  if (own !== undefined) return readFileSync(join(folder, own), 'utf8').trim();
  const readme = files.find((file) => /^readme/i.test(file));
  const section =
    readme && /^#+ *licen[cs]e\b[^\n]*\n([\s\S]*)/im.exec(readFileSync(join(folder, readme), 'utf8'))?.[1];
  if (!section) throw new Error(`${name} would be bundled, but its licence text was not found`);
  return section.trim();
}

if (!process.argv.includes('--if-needed') || !hasFreshBuild(root)) await bundle();
