/** The JSON Schema of the document that each verb prints with `--json`, from the types of its reports. */
import { join } from 'node:path';
import type { Schema } from 'ts-json-schema-generator';
import { createGenerator } from 'ts-json-schema-generator';

const root = join(import.meta.dirname, '../..');

/** The `result` of every verb: one of these types, or null. */
export const resultTypes: Readonly<Record<string, readonly string[]>> = {
  demo: ['DemoReport'],
  doctor: ['DoctorReport'],
  'migrate up': ['RunReport', 'PlanReport', 'PartialRunReport'],
  'migrate down': ['RunReport', 'PlanReport', 'PartialRunReport'],
  'migrate to': ['RunReport', 'PlanReport', 'PartialRunReport'],
  'migrate redo': ['RunReport', 'PlanReport', 'PartialRunReport'],
  'migrate status': ['StatusReport'],
  'migrate plan': ['PlanReport'],
  'migrate drift': ['DriftReport'],
  'migrate diff': ['DiffReport'],
  'migrate lint': ['LintReport'],
  'migrate new': ['NewReport'],
  'migrate baseline': ['BaselineReport'],
  'migrate repair': ['RepairReport'],
  'migrate prove': ['ProveReport'],
  'migrate check': ['CheckReport'],
  types: ['TypesReport'],
  'db start': ['ServerReport'],
  'db stop': ['StopReport'],
  'db status': ['ServerReport'],
  'db url': ['UrlReport'],
  'db reset': ['ResetReport'],
  'db bootstrap': ['BootstrapReport'],
  'db mark': ['MarkReport'],
  'db grants': ['GrantsReport'],
  'db history': ['HistoryReport'],
  'db stats': ['StatsReport'],
};

/** File name and text of every schema. Takes seconds: it reads all sources as TypeScript does. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const generator = createGenerator({
    path: join(root, 'src/**/*.ts'),
    tsconfig: join(root, 'tsconfig.json'),
    skipTypeCheck: true,
    additionalProperties: false,
    expose: 'export',
    topRef: true,
  });
  const files = new Map<string, string>();
  for (const [verb, types] of Object.entries(resultTypes)) {
    const schemas = [...types, 'ErrorDocument'].map((type) => generator.createSchema(type));
    files.set(
      `${verb.replace(' ', '-')}.schema.json`,
      `${JSON.stringify(documentSchema(verb, types, schemas), null, 2)}\n`,
    );
  }
  return files;
}

function documentSchema(verb: string, types: readonly string[], schemas: readonly Schema[]): object {
  const reference = (type: string) => ({ $ref: `#/definitions/${type}` });
  const properties = {
    dbkit: { type: 'string', description: 'Version of dbkit.' },
    schema: { const: 1, description: 'Version of this form; raised when a field goes or changes its meaning.' },
    command: { const: verb },
    ok: { type: 'boolean', description: 'True: exitCode is 0.' },
    exitCode: { enum: [0, 1, 2, 3, 130] },
    result: {
      anyOf: [...types.map(reference), { type: 'null' }],
      description: 'Null when there was nothing to report; after a failure what is known of the run.',
    },
    error: { anyOf: [reference('ErrorDocument'), { type: 'null' }] },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `dbkit ${verb} --json`,
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    definitions: Object.assign({}, ...schemas.map(({ definitions }) => definitions)),
  };
}
