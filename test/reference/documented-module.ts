/** The TypeScript examples of the pages as one module: a function for each block, to be compiled and, for Kysely, called. */
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import * as kysely from 'kysely';
import ts from 'typescript';
import type { Block, DocumentedFunction } from './documented.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Never on disk: beside the project's files, so that imports and settings are those of a project. */
const file = `${root}documented-examples.ts`;

export interface Example extends Block {
  /** Of the function in the module. */
  readonly name: string;
  readonly client: 'Kysely' | 'supabase-js';
}

export interface DocumentedModule {
  readonly examples: readonly Example[];
  readonly text: string;
}

/** The block `Kysely, for all that follows` stands at the top, with what it imports and exports. */
export function documentedModule(
  blocks: readonly Block[],
  functions: readonly DocumentedFunction[],
  values: readonly string[],
): DocumentedModule {
  const isOpening = ({ label }: Block) => label.startsWith('Kysely, for all');
  const examples = blocks
    .filter((block) => !isOpening(block))
    .map((block, index): Example => {
      const client = /^(Kysely|supabase-js)(?=[,:]|$)/.exec(block.label)?.[1];
      if (client === undefined) throw new Error(`${block.place}: says neither Kysely nor supabase-js`);
      return { ...block, name: `example${index}`, client: client as Example['client'] };
    });
  const given = `{ ${values.join(', ')} }: Record<${values.map((name) => `'${name}'`).join(' | ')}, string>`;
  const text = [
    ...blocks.filter(isOpening).map((block) => block.text),
    supabaseTypes(functions),
    ...examples.map(({ name, client, text: body }) => {
      const clients = client === 'Kysely' ? 'db: Kysely<DB>' : 'supabase: Client, service: Client, file: Blob';
      // A scope of its own: an example may give its own meaning to a name.
      return `export async function ${name}(${clients}, ${given}) {{\n${body}\n}}`;
    }),
  ].join('\n');
  return { examples, text };
}

/** As much of supabase-js as the examples use; what functions take and answer is taken from their signatures. */
function supabaseTypes(functions: readonly DocumentedFunction[]): string {
  const members = functions
    .filter(({ who }) => who !== 'owner')
    .map(
      ({ name, arguments: given, answers }) => `${name}: { takes: ${objectOf(given)}; answers: ${answerOf(answers)} };`,
    );
  return `
interface Functions { ${members.join('\n')} }
interface Reply<Data> extends PromiseLike<{ data: Data | null; error: { code: string; hint: string | null } | null }> {
  select(columns: string): Reply<any>;
  single(): Reply<Data extends readonly (infer Row)[] ? Row : Data>;
  maybeSingle(): Reply<Data extends readonly (infer Row)[] ? Row : Data>;
}
interface Client {
  rpc<Name extends keyof Functions>(
    name: Name, ...given: {} extends Functions[Name]['takes'] ? [Functions[Name]['takes']?] : [Functions[Name]['takes']]
  ): Reply<Functions[Name]['answers']>;
  from(relation: keyof DB): any;
  storage: any;
}`;
}

const types: Readonly<Record<string, string>> = {
  bigint: 'number',
  boolean: 'boolean',
  inet: 'string',
  integer: 'number',
  interval: 'string',
  jsonb: 'object',
  text: 'string',
  timestamptz: 'string',
  user_subscriptions: 'Selectable<UserSubscriptions>',
  uuid: 'string',
  void: 'undefined',
};

const answerOf = (answers: string) =>
  answers.startsWith('(') ? `${objectOf(answers.slice(1, -1))}[]` : (types[answers] ?? 'unknown');

function objectOf(list: string): string {
  const fields = list.split(', ').filter((field) => field !== '');
  return `{ ${fields
    .map((field) => {
      const [name, type = '', ...rest] = field.split(' ');
      return `${name}${rest[0] === '=' ? '?' : ''}: ${types[type] ?? 'unknown'}`;
    })
    .join('; ')} }`;
}

/** What the compiler has against it, under the settings of the project. */
export function faultsOf({ text }: DocumentedModule): readonly string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [file] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const own = ts.createSourceFile(file, text, options.target ?? ts.ScriptTarget.ES2024, true);
  const program = ts.createProgram({
    rootNames: [file],
    options,
    host: {
      ...host,
      fileExists: (name) => name === file || host.fileExists(name),
      getSourceFile: (name, ...rest) => (name === file ? own : host.getSourceFile(name, ...rest)),
    },
  });
  return [...program.getSyntacticDiagnostics(own), ...program.getSemanticDiagnostics(own)].map((fault) => {
    const { line } = own.getLineAndCharacterOfPosition(fault.start ?? 0);
    return `${text.split('\n')[line]?.trim()}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`;
  });
}

/** What the module exports. */
export function run({ text }: DocumentedModule): Readonly<Record<string, (...given: readonly unknown[]) => unknown>> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2024 },
  });
  const exports = {};
  compileFunction(outputText, ['exports', 'require'])(exports, () => kysely);
  return exports;
}
