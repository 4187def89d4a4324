/** A LIKE pattern as a regular expression. */

export function likeToPattern(like: string): string {
  let pattern = '^';
  for (let at = 0; at < like.length; at += 1) {
    let char = like[at] ?? '';
    if (char === '%') pattern += '.*';
    else if (char === '_') pattern += '.';
    else {
      if (char === '\\') {
        at += 1;
        char = like[at] ?? '';
      }
      pattern += char.replace(/[\\^$.*+?()[\]{}|]/u, '\\$&');
    }
  }
  return `${pattern}$`;
}
