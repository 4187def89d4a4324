import { quoteLiteral } from '../../../postgres/quote.ts';
import { inEachTree } from '../facts/found.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { nameParts, nodeOf } from '../tree/node.ts';

export const renameEnumValue: LintRule = {
  name: 'rename-enum-value',
  severity: 'error',
  summary:
    'A value of an enum that was there before gets another name; a running application still writes the old one.',
  explanation: `Statements with the old label fail at once, and so do functions that hold it in their body. Add the new value, move
the application and then the rows.`,
  check: ({ up }) =>
    inEachTree(up, (tree) => {
      const alter = nodeOf(tree, 'AlterEnumStmt');
      const old = alter?.oldVal;
      const parts = nameParts(alter?.typeName);
      const type = up.before.types.find(
        ({ name, schema }) => name === parts.at(-1) && schema === (parts.at(-2) ?? schema),
      );
      if (type?.kind !== 'enum' || old === undefined || !type.labels.includes(old)) return null;
      const name = `${sqlName(type.schema)}.${sqlName(type.name)}`;
      return {
        object: type.id,
        message: `value ${old} of ${type.id} becomes ${alter?.newVal}: whoever writes the old one fails`,
        patch: `alter type ${name} add value ${quoteLiteral(alter?.newVal ?? '')} after ${quoteLiteral(old)};`,
      };
    }),
};
