/** A fault that some room found, and what is needed to tell of many of them in the formats that pipelines read. */
import type { Location } from '../errors.ts';

/** `notice`: there is a better way; it fails nothing. */
export type FindingSeverity = 'error' | 'warning' | 'notice';

export interface Finding {
  /** Stable from run to run, and unique in a report: what baselines and allowances can hold on to. */
  readonly key: string;
  readonly rule: string;
  readonly severity: FindingSeverity;
  /** What it is about: `public.orders`, `policy own_rows on public.orders`; null for the subject as a whole. */
  readonly object: string | null;
  /** What kind of thing was looked at: `migration`, `policy`, `view`. */
  readonly kind: string;
  /** What is wrong with this one, in one line. */
  readonly message: string;
  /** Why it matters, in Markdown. */
  readonly why: string;
  /** What to write instead, or null. */
  readonly fix: string | null;
  /** What was seen, a line each. */
  readonly evidence: readonly string[];
  readonly location: Location | null;
  /** Where the rule is explained: a page with an anchor, or null. */
  readonly help: string | null;
  /** Somebody looked at it and means it: why, and where that is written. Null: it counts. */
  readonly accepted: { readonly why: string; readonly where: 'file' | 'config' } | null;
}

export interface FindingRule {
  readonly name: string;
  readonly severity: FindingSeverity;
  readonly summary: string;
  /** Markdown. */
  readonly explanation: string;
}

/** What the formats are made of. */
export interface FindingsDocument {
  /** `migrate lint` */
  readonly command: string;
  readonly dbkitVersion: string;
  /** Paths are told from here. */
  readonly root: string;
  readonly rules: readonly FindingRule[];
  readonly findings: readonly Finding[];
  /** All that was looked at, also what has no finding. */
  readonly subjects: readonly { readonly name: string; readonly file: string | null }[];
  /** More lines for a person: what was not looked at, and why. */
  readonly notes: readonly string[];
}

/** Errors and warnings that nobody accepted: the answer is no. */
export function failing(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ severity, accepted }) => severity !== 'notice' && accepted === null);
}

/** `2 errors, 1 warning, 1 accepted`, or `no findings`. */
export function countFindings(findings: readonly Finding[]): string {
  const open = findings.filter(({ accepted }) => accepted === null);
  const accepted = findings.length - open.length;
  const parts = (['error', 'warning', 'notice'] as const).flatMap((severity) => {
    const count = open.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : `${count} ${severity}${count === 1 ? '' : 's'}`;
  });
  if (open.length === 0) parts.push('no findings');
  return [...parts, ...(accepted === 0 ? [] : [`${accepted} accepted`])].join(', ');
}
