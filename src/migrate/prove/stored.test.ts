import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MigrationProof } from './report.ts';
import { readProof, writeProof } from './stored.ts';

const proof: MigrationProof = {
  name: '01_orders',
  status: 'proven',
  stored: false,
  durationMs: 1,
  reason: null,
  faults: [],
  losses: [],
  withoutRows: [],
  notes: [],
};

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dbkit-test-stored-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a proof comes back as it was, and as one that was kept', () => {
  const folder = join(temporaryFolder(), '.dbkit', 'proofs');
  expect(writeProof(folder, 'key', proof)).toBeNull();
  expect(readProof(folder, 'key')).toEqual({ ...proof, stored: true });
  expect(readProof(folder, 'other')).toBeNull();
});

test('where a file stands in the place of the folder, nothing is kept, and that is said', () => {
  const folder = join(temporaryFolder(), 'proofs');
  writeFileSync(folder, '');
  expect(writeProof(folder, 'key', proof)).toMatch(/^the proof could not be kept in .*proofs \((?:EEXIST|ENOTDIR)\)$/);
  expect(readProof(folder, 'key')).toBeNull();
});
