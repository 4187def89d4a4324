/** What an expression is when it is the same for every row: true, false or NULL; undefined where rows decide. */
import type { Node } from '../postgres/parse-sql.ts';

type Constant = boolean | number | string | null;

export function foldTruth(tree: Node | undefined): boolean | null | undefined {
  const value = fold(tree);
  return typeof value === 'boolean' || value === null ? value : undefined;
}

function fold(tree: Node | undefined): Constant | undefined {
  if (tree === undefined) return undefined;
  if ('A_Const' in tree) return ofConstant(tree.A_Const);
  if ('TypeCast' in tree) return ofCast(tree.TypeCast);
  if ('BoolExpr' in tree) return ofBoolean(tree.BoolExpr);
  if ('A_Expr' in tree) return ofOperator(tree.A_Expr);
  if ('NullTest' in tree) {
    const value = fold(tree.NullTest.arg);
    if (value === undefined) return undefined;
    return (value === null) === (tree.NullTest.nulltesttype === 'IS_NULL');
  }
  if ('BooleanTest' in tree) return ofBooleanTest(tree.BooleanTest);
  if ('CoalesceExpr' in tree) return ofCoalesce(tree.CoalesceExpr.args ?? []);
  if ('CaseExpr' in tree) return ofCase(tree.CaseExpr);
  if ('SubLink' in tree) return ofSubselect(tree.SubLink);
  return undefined;
}

function ofConstant(constant: Extract<Node, { A_Const: unknown }>['A_Const']): Constant | undefined {
  if (constant.isnull) return null;
  // Protobuf leaves out what is false, zero or empty.
  if (constant.boolval !== undefined) return constant.boolval.boolval ?? false;
  if (constant.ival !== undefined) return constant.ival.ival ?? 0;
  if (constant.fval !== undefined) return Number(constant.fval.fval);
  return constant.sval === undefined ? undefined : (constant.sval.sval ?? '');
}

function ofCast({ arg, typeName }: Extract<Node, { TypeCast: unknown }>['TypeCast']): Constant | undefined {
  const value = fold(arg);
  const last = typeName?.names?.at(-1);
  const type = last !== undefined && 'String' in last ? last.String.sval : undefined;
  if (value === null || value === undefined) return value;
  if (type === 'bool') {
    if (typeof value !== 'string') return Boolean(value);
    return /^(t|true|y|yes|on|1)$/i.test(value.trim());
  }
  // Other types may make two texts equal, or one unequal to itself in another type.
  return type === 'text' || type === 'varchar' ? String(value) : undefined;
}

function ofBoolean({ boolop, args = [] }: Extract<Node, { BoolExpr: unknown }>['BoolExpr']): Constant | undefined {
  const values = args.map(foldTruth);
  if (boolop === 'NOT_EXPR') {
    const [value] = values;
    return typeof value === 'boolean' ? !value : value;
  }
  const decides = boolop === 'OR_EXPR';
  if (values.includes(decides)) return decides;
  if (decides && args.some((one) => args.some((other) => isOpposite(one, other)))) return true;
  if (values.includes(undefined)) return undefined;
  return values.includes(null) ? null : !decides;
}

/** `x is null` beside `x is not null`; `not (…)` beside the same without. The latter may be NULL for both. */
function isOpposite(one: Node, other: Node): boolean {
  return (
    'NullTest' in one &&
    'NullTest' in other &&
    one.NullTest.nulltesttype !== other.NullTest.nulltesttype &&
    same(one.NullTest.arg, other.NullTest.arg)
  );
}

function ofOperator({ kind, name, lexpr, rexpr }: Extract<Node, { A_Expr: unknown }>['A_Expr']): Constant | undefined {
  const last = name?.at(-1);
  const operator = last !== undefined && 'String' in last ? (last.String.sval ?? '') : '';
  if (kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_IN') return undefined;
  const left = fold(lexpr);
  const right = fold(rexpr);
  if (kind === 'AEXPR_DISTINCT' || kind === 'AEXPR_NOT_DISTINCT') {
    const equal = left !== undefined && right !== undefined ? left === right : same(lexpr, rexpr) ? true : undefined;
    return equal === undefined ? undefined : equal === (kind === 'AEXPR_NOT_DISTINCT');
  }
  if (kind !== 'AEXPR_OP') return undefined;
  if (left === null || right === null) return null;
  if (left !== undefined && right !== undefined && typeof left === typeof right) return compare(operator, left, right);
  // A row without the value passes neither way; whoever writes this means every row.
  return same(lexpr, rexpr) && ['=', '<=', '>='].includes(operator) ? true : undefined;
}

function compare(operator: string, left: Constant, right: Constant): boolean | undefined {
  if (left === null || right === null) return undefined;
  switch (operator) {
    case '=':
      return left === right;
    case '<>':
      return left !== right;
    case '<':
      return typeof left === 'string' ? undefined : left < right;
    case '>':
      return typeof left === 'string' ? undefined : left > right;
    case '<=':
      return typeof left === 'string' ? undefined : left <= right;
    case '>=':
      return typeof left === 'string' ? undefined : left >= right;
    default:
      return undefined;
  }
}

function ofBooleanTest({ arg, booltesttype }: Extract<Node, { BooleanTest: unknown }>['BooleanTest']) {
  const value = foldTruth(arg);
  if (value === undefined) return undefined;
  switch (booltesttype) {
    case 'IS_TRUE':
      return value === true;
    case 'IS_NOT_TRUE':
      return value !== true;
    case 'IS_FALSE':
      return value === false;
    case 'IS_NOT_FALSE':
      return value !== false;
    case 'IS_UNKNOWN':
      return value === null;
    default:
      return value !== null;
  }
}

function ofCoalesce(args: readonly Node[]): Constant | undefined {
  for (const argument of args) {
    const value = fold(argument);
    if (value !== null) return value;
  }
  return null;
}

/** Only where every way leads to the same. */
function ofCase({ args = [], defresult }: Extract<Node, { CaseExpr: unknown }>['CaseExpr']): Constant | undefined {
  const results = args.map((when) => fold('CaseWhen' in when ? when.CaseWhen.result : undefined));
  const last = defresult === undefined ? null : fold(defresult);
  return results.every((result) => result === last) ? last : undefined;
}

/** `(select true)`, `exists (select 1)`. */
function ofSubselect({ subLinkType, subselect }: Extract<Node, { SubLink: unknown }>['SubLink']) {
  if (subselect === undefined || !('SelectStmt' in subselect)) return undefined;
  const { fromClause, whereClause, targetList, valuesLists, op } = subselect.SelectStmt;
  if (fromClause !== undefined || whereClause !== undefined || valuesLists !== undefined) return undefined;
  if (op !== 'SETOP_NONE') return undefined;
  if (subLinkType === 'EXISTS_SUBLINK') return true;
  const [target] = targetList ?? [];
  if (subLinkType !== 'EXPR_SUBLINK' || target === undefined || !('ResTarget' in target)) return undefined;
  return fold(target.ResTarget.val);
}

function same(a: unknown, b: unknown): boolean {
  const text = (tree: unknown) =>
    JSON.stringify(tree, (key, value: unknown) => (key === 'location' ? undefined : value));
  return a !== undefined && text(a) === text(b) && !text(a).includes('"FuncCall"');
}
