/** Whether a new column's value has to be computed for each row that is there. */
import type { Catalog } from '../../../catalog/model.ts';
import type { NodeOf } from './node.ts';
import { findAll, nameParts, nodeOf } from './node.ts';

/** Of pg_catalog, whose functions are not in the model; the same for all rows of a statement. */
const stable = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_setting',
  'timezone',
  'to_timestamp',
]);
const serial = /^(small|big)?serial[248]?$/;

/** By what the definition says; a domain with a constraint can ask for it too, without a word of it here. */
export function needsValuePerRow(column: NodeOf<'ColumnDef'>, catalog: Catalog): boolean {
  if (serial.test(nameParts(column.typeName?.names).at(-1) ?? '')) return true;
  return (column.constraints ?? []).some((node) => {
    const constraint = nodeOf(node, 'Constraint');
    if (constraint?.contype === 'CONSTR_IDENTITY' || constraint?.contype === 'CONSTR_GENERATED') return true;
    if (constraint?.contype !== 'CONSTR_DEFAULT') return false;
    return findAll(constraint.raw_expr, 'FuncCall').some(({ funcname }) => isVolatile(nameParts(funcname), catalog));
  });
}

function isVolatile(parts: readonly string[], catalog: Catalog): boolean {
  const name = parts.at(-1) ?? '';
  const own = catalog.routines.filter((one) => one.name === name && one.schema === (parts.at(-2) ?? one.schema));
  return own.length > 0 ? own.some(({ volatility }) => volatility === 'volatile') : !stable.has(name);
}
