/** One door to the formats, for `--format`. */
import type { FindingsDocument } from './finding.ts';

/** `text` and `json` are each verb's own. */
export const findingFormats = ['text', 'json', 'sarif', 'junit', 'github', 'markdown'] as const;

export type FindingFormat = (typeof findingFormats)[number];

export async function formatFindings(
  format: Exclude<FindingFormat, 'text' | 'json'>,
  of: FindingsDocument,
): Promise<string> {
  switch (format) {
    case 'sarif':
      return (await import('./sarif.ts')).toSarif(of);
    case 'junit':
      return (await import('./junit.ts')).toJunit(of);
    case 'github':
      return (await import('./github.ts')).toGithub(of);
    case 'markdown':
      return (await import('./markdown.ts')).toMarkdown(of);
    default: {
      const never: never = format;
      throw new Error(`not handled: ${String(never)}`);
    }
  }
}
