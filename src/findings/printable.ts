/** Names and messages may hold anything that a server takes: what no document can carry is replaced. */

/** Lines and tabs aside, control characters; halves of surrogate pairs; and what Unicode calls no character. */
const unprintable = /(?![\n\r\t])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd');
}
