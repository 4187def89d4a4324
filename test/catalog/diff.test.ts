/** Each change is told, undone by the script, and made again by it; of the fingerprint likewise. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { cases } from './diff-cases.ts';
import { roundTrip } from './diff-round-trip.ts';
import { words } from './diff-words.ts';

let db: TestDatabase;
let admin: Connection;

beforeAll(async () => {
  db = await testDatabase();
  admin = await db.connectAsAdmin();
});
afterAll(() => db.drop());

test.for(Object.entries(cases))('%s is told, undone and made again', async ([name, one]) => {
  expect(await roundTrip(admin, one)).toEqual({
    told: words[name],
    back: one.staysBack ?? [],
    again: one.stays ?? [],
    agrees: true,
  });
});
