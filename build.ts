/**
 * Bundles src/ into dist/: the library as modules, the command line as one script. JavaScript only; the declarations follow at `npm pack`.
 *
 * `node build.ts [--if-needed]`. What is bundled and why: docs/decisions/bundle.md.
 */
import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { build } from 'esbuild';
import { hasFreshBuild } from './bin/fresh-build.js';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const kyselyVersion: string = JSON.parse(readFileSync(join(root, 'node_modules/kysely/package.json'), 'utf8')).version;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const external = Object.keys({
  ...manifest.dependencies,
  ...manifest.peerDependencies,
  ...manifest.optionalDependencies,
});
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22.18',
  metafile: true,
  write: false,
  logLevel: 'warning',
} satisfies BuildOptions;

async function bundle(): Promise<void> {
  const began = new Date();
  const fresh = `${dist}.${process.pid}`;
  try {
    const built = await Promise.all([buildLibrary(fresh), buildCommandLine(fresh)]);
    for (const { path, text } of built.flatMap(({ files }) => files)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    writeFileSync(join(fresh, 'THIRD-PARTY.md'), thirdParty(built.flatMap(({ metafiles }) => metafiles)));
    const stamp = join(fresh, '.stamp');
    writeFileSync(stamp, '');
    utimesSync(stamp, began, began);
    replaceFolder(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

interface Built {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly metafiles: readonly Metafile[];
}

/** Modules, with a chunk for everything that is loaded when it is called. */
async function buildLibrary(folder: string): Promise<Built> {
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: { index: 'src/index.ts' },
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    format: 'esm',
    external,
  });
  return { metafiles: [metafile], files: outputFiles.map(({ path, text }) => ({ path, text: withRequire(text) })) };
}

/** Large packages that some verbs load when they need them: a script each. */
const parts = ['kysely', 'ora'];

/**
 * Scripts, because resolving, reading and linking thirty modules costs as much as starting Node. What is imported when
 * it is needed is still only run then.
 */
async function buildCommandLine(folder: string): Promise<Built> {
  const built = await Promise.all([
    buildScript('src/cli/main.ts', join(folder, 'cli.script.js')),
    ...parts.map((name) => buildScript(name, join(folder, `${name}.script.js`))),
  ]);
  return { metafiles: built.flatMap(({ metafiles }) => metafiles), files: built.flatMap(({ files }) => files) };
}

async function buildScript(entry: string, outfile: string): Promise<Built> {
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: [entry],
    outfile,
    format: 'cjs',
    charset: 'ascii',
    external: external.filter((name) => name !== 'kysely'),
    plugins: [lazyParts],
    define: {
      'import.meta.url': 'ownUrl',
      'import.meta.dirname': '__dirname',
      CARRIED_KYSELY: JSON.stringify(kyselyVersion),
    },
  });
  const files = outputFiles.map(({ path, text }) => {
    const script = asFunction(withImports(withLazyBuiltins(text.replace(/^"use strict";\n/, ''))));
    return { path, text: `// build ${hash('sha256', script).slice(0, 16)}\n${script}` };
  });
  return { metafiles: [metafile], files };
}

/** pg's passwords and their webcrypto are wanted by servers that ask for one. */
const lazyParts: Plugin = {
  name: 'lazy-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(${parts.join('|')})$`) }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: `./${path}.script.js`, external: true },
    );
    onResolve({ filter: /^\.\/crypto\/(sasl|utils)$/ }, ({ path, importer, namespace }) =>
      namespace === 'file' && importer.endsWith('node_modules/pg/lib/client.js')
        ? { path, namespace: 'lazy', pluginData: dirname(importer) }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path, pluginData }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require(${JSON.stringify(path)})[name] });`,
      resolveDir: pluginData,
    }));
  },
};

/** Built-in modules that few runs need, and that cost a tenth of an empty Node each. */
const lazyBuiltins = [
  'child_process',
  'crypto',
  'dns',
  'dns/promises',
  'http',
  'https',
  'readline',
  'stream/promises',
  'tls',
  'worker_threads',
  'zlib',
];

function withLazyBuiltins(text: string): string {
  const required = `require\\("(?:node:)?(${lazyBuiltins.join('|')})"\\)`;
  const declared = new RegExp(`= (?:${required}|__toESM\\(${required}(?:, 1)?\\));$`, 'gm');
  return text.replace(declared, (_, plain, wrapped) => `= lazyBuiltin("node:${plain ?? wrapped}");`);
}

/** The launcher gives the script an `import()`, and its parts through `require`. */
function withImports(text: string): string {
  return text
    .replaceAll(/\bimport\(("\.\/\w+\.script\.js")\)/g, 'Promise.resolve(require($1))')
    .replaceAll(/\bimport\(/g, 'importModule(');
}

/** What the launcher calls: a function, because a script of its own has no `require` and no `import()`. */
function asFunction(text: string): string {
  return `(function (exports, require, module, __filename, __dirname, importModule) {
"use strict";
const ownUrl = require("node:url").pathToFileURL(__filename).href;
const lazyBuiltin = (name) => {
  let loaded;
  return new Proxy({}, { get: (lazy, key) => (key === "default" ? lazy : (loaded ??= require(name))[key]) });
};
${text}
})`;
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
function thirdParty(metafiles: readonly Metafile[]): string {
  const folders = new Set<string>();
  for (const output of metafiles.flatMap(({ outputs }) => Object.values(outputs))) {
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
