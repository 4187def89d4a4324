/** Every lint rule: each file of this folder, in the order of their names. */
import type { LintRule } from '../rule.ts';
import { backfillInOneStatement } from './backfill-in-one-statement.ts';
import { charType } from './char-type.ts';
import { checkReadsAllRows } from './check-reads-all-rows.ts';
import { columnRewritesTable } from './column-rewrites-table.ts';
import { columnTypeRewritesTable } from './column-type-rewrites-table.ts';
import { columnsPad } from './columns-pad.ts';
import { constraintBuildsIndex } from './constraint-builds-index.ts';
import { constraintDropped } from './constraint-dropped.ts';
import { defaultPrivilegesWidened } from './default-privileges-widened.ts';
import { definerCallableByClients } from './definer-callable-by-clients.ts';
import { definerWithoutSearchPath } from './definer-without-search-path.ts';
import { deleteAllRows } from './delete-all-rows.ts';
import { domainConstraintReadsTables } from './domain-constraint-reads-tables.ts';
import { downFails } from './down-fails.ts';
import { downLeavesAccessOpen } from './down-leaves-access-open.ts';
import { dropColumn } from './drop-column.ts';
import { dropDatabase } from './drop-database.ts';
import { dropNotNull } from './drop-not-null.ts';
import { dropSchema } from './drop-schema.ts';
import { dropTable } from './drop-table.ts';
import { duplicatesWouldFail } from './duplicates-would-fail.ts';
import { enumValueOrder } from './enum-value-order.ts';
import { explicitTableLock } from './explicit-table-lock.ts';
import { foreignKeyChecksRows } from './foreign-key-checks-rows.ts';
import { grantBeyondRowSecurity } from './grant-beyond-row-security.ts';
import { grantCreateOnSchema } from './grant-create-on-schema.ts';
import { grantToEveryone } from './grant-to-everyone.ts';
import { indexBlocksWrites } from './index-blocks-writes.ts';
import { indexDropBlocks } from './index-drop-blocks.ts';
import { integerKey } from './integer-key.ts';
import { jsonType } from './json-type.ts';
import { lockHeldDuringDataChange } from './lock-held-during-data-change.ts';
import { lockTimeoutOff } from './lock-timeout-off.ts';
import { nameNeedsQuotes } from './name-needs-quotes.ts';
import { nameTruncated } from './name-truncated.ts';
import { needlessTransactionOff } from './needless-transaction-off.ts';
import { notNullReadsAllRows } from './not-null-reads-all-rows.ts';
import { partitionDetachBlocks } from './partition-detach-blocks.ts';
import { policyConditionReplaced } from './policy-condition-replaced.ts';
import { policyDropped } from './policy-dropped.ts';
import { policyFunctionPerRow } from './policy-function-per-row.ts';
import { policyTrueForReads } from './policy-true-for-reads.ts';
import { policyTrueForWrites } from './policy-true-for-writes.ts';
import { policyWidened } from './policy-widened.ts';
import { refreshBlocksReads } from './refresh-blocks-reads.ts';
import { reindexBlocks } from './reindex-blocks.ts';
import { renameColumn } from './rename-column.ts';
import { renameEnumValue } from './rename-enum-value.ts';
import { renameSchema } from './rename-schema.ts';
import { renameTable } from './rename-table.ts';
import { requiredColumnWithoutDefault } from './required-column-without-default.ts';
import { restrictivePolicyDropped } from './restrictive-policy-dropped.ts';
import { roleBypassesRowSecurity } from './role-bypasses-row-security.ts';
import { roleGrantedToClient } from './role-granted-to-client.ts';
import { routineSettingsLost } from './routine-settings-lost.ts';
import { rowSecurityNotForced } from './row-security-not-forced.ts';
import { rowSecuritySwitchedOff } from './row-security-switched-off.ts';
import { secretColumnExposed } from './secret-column-exposed.ts';
import { securityInvokerLost } from './security-invoker-lost.ts';
import { serialColumn } from './serial-column.ts';
import { statementTimeoutOff } from './statement-timeout-off.ts';
import { tableReadUnderLock } from './table-read-under-lock.ts';
import { tableRewritten } from './table-rewritten.ts';
import { tableWithoutRowSecurity } from './table-without-row-security.ts';
import { timestampWithoutTimeZone } from './timestamp-without-time-zone.ts';
import { triggerLeftDisabled } from './trigger-left-disabled.ts';
import { truncateTable } from './truncate-table.ts';
import { unprotectedRelationExposed } from './unprotected-relation-exposed.ts';
import { unqualifiedName } from './unqualified-name.ts';
import { upAgainFails } from './up-again-fails.ts';
import { upFails } from './up-fails.ts';
import { validatedInSameTransaction } from './validated-in-same-transaction.ts';
import { varcharLimit } from './varchar-limit.ts';
import { viewBypassesRowSecurity } from './view-bypasses-row-security.ts';
import { wideIndex } from './wide-index.ts';

export const rules: readonly LintRule[] = [
  backfillInOneStatement,
  charType,
  checkReadsAllRows,
  columnRewritesTable,
  columnTypeRewritesTable,
  columnsPad,
  constraintBuildsIndex,
  constraintDropped,
  defaultPrivilegesWidened,
  definerCallableByClients,
  definerWithoutSearchPath,
  deleteAllRows,
  domainConstraintReadsTables,
  downFails,
  downLeavesAccessOpen,
  dropColumn,
  dropDatabase,
  dropNotNull,
  dropSchema,
  dropTable,
  duplicatesWouldFail,
  enumValueOrder,
  explicitTableLock,
  foreignKeyChecksRows,
  grantBeyondRowSecurity,
  grantCreateOnSchema,
  grantToEveryone,
  indexBlocksWrites,
  indexDropBlocks,
  integerKey,
  jsonType,
  lockHeldDuringDataChange,
  lockTimeoutOff,
  nameNeedsQuotes,
  nameTruncated,
  needlessTransactionOff,
  notNullReadsAllRows,
  partitionDetachBlocks,
  policyConditionReplaced,
  policyDropped,
  policyFunctionPerRow,
  policyTrueForReads,
  policyTrueForWrites,
  policyWidened,
  refreshBlocksReads,
  reindexBlocks,
  renameColumn,
  renameEnumValue,
  renameSchema,
  renameTable,
  requiredColumnWithoutDefault,
  restrictivePolicyDropped,
  roleBypassesRowSecurity,
  roleGrantedToClient,
  routineSettingsLost,
  rowSecurityNotForced,
  rowSecuritySwitchedOff,
  secretColumnExposed,
  securityInvokerLost,
  serialColumn,
  statementTimeoutOff,
  tableReadUnderLock,
  tableRewritten,
  tableWithoutRowSecurity,
  timestampWithoutTimeZone,
  triggerLeftDisabled,
  truncateTable,
  unprotectedRelationExposed,
  unqualifiedName,
  upAgainFails,
  upFails,
  validatedInSameTransaction,
  varcharLimit,
  viewBypassesRowSecurity,
  wideIndex,
];
