/**
 * Proofs that were made before, in `.dbkit/proofs` of the project: one small file each, named by a hash over all that
 * the proof rests on, the texts of all earlier migrations among it. What was edited has another name, so that nothing
 * is ever out of date; what can not be read is proven again.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelVersion } from '../../catalog/model.ts';
import { sha256 } from '../checksum.ts';
import type { MigrationFile } from '../migration.ts';
import type { MigrationProof } from './report.ts';

/** Raised when a proof looks for more, or says it otherwise. */
const proofVersion = 2;

interface StoredFile {
  readonly version: number;
  readonly key: string;
  /** Over `proof`: a file that was cut off or edited does not fit. */
  readonly hash: string;
  readonly proof: MigrationProof;
}

/** The name of each migration's proof, in the order of `files`. `conditions`: what else decides what is found. */
export function proofKeys(files: readonly MigrationFile[], conditions: readonly unknown[]): readonly string[] {
  let chain = sha256(JSON.stringify([proofVersion, modelVersion, ...conditions]));
  return files.map(({ name, up, down, sql, directives }) => {
    // The directives of a file with two sections may stand above both.
    const texts = [up.raw, down?.raw ?? null, sql === null ? null : sha256(sql.up.source), directives];
    chain = sha256(JSON.stringify([chain, name, ...texts]));
    return chain.slice(0, 32);
  });
}

/** Null where there is none that can be relied on. */
export function readProof(folder: string, key: string): MigrationProof | null {
  try {
    const stored = JSON.parse(readFileSync(join(folder, `${key}.json`), 'utf8')) as Partial<StoredFile> | null;
    if (stored?.version !== proofVersion || stored.key !== key || stored.proof === undefined) return null;
    return stored.hash === sha256(JSON.stringify(stored.proof)) ? { ...stored.proof, stored: true } : null;
  } catch {
    return null;
  }
}

/** Keeps what holds; what failed is looked at again. A folder that can not be written costs time, and is no fault. */
export function writeProof(folder: string, key: string, proof: MigrationProof): string | null {
  if (!['proven', 'lossy', 'irreversible'].includes(proof.status)) return null;
  const file: StoredFile = { version: proofVersion, key, hash: sha256(JSON.stringify(proof)), proof };
  const path = join(folder, `${key}.json`);
  const half = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(half, JSON.stringify(file));
    renameSync(half, path);
    return null;
  } catch (error) {
    removeIfThere(half);
    return `the proof could not be kept in ${folder} (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What can not be removed was not written: the folder is none, or can not be written to.
  }
}
