/** Whether a text could be a value of a type at all: a text that the server can not read ends the whole statement. */
import type { ValueType } from './value-type.ts';

export function couldBe(text: string, type: ValueType): boolean {
  switch (type.kind) {
    case 'ordered': {
      const unit = type.axis.parse(text);
      return unit !== null && unit >= type.axis.least && unit <= type.axis.most;
    }
    case 'text':
      return text.length <= type.most;
    case 'boolean':
      return ['true', 'false'].includes(text);
    case 'enum':
      return type.labels.includes(text);
    case 'domain':
      return couldBe(text, type.base);
    case 'unknown':
      return true;
    case 'uuid':
      return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu.test(text);
    case 'json':
      return isJson(text);
    case 'bits':
      return /^[01]+$/u.test(text) && (type.varying ? text.length <= type.length : text.length === type.length);
    case 'bytea':
    case 'array':
    case 'composite':
    case 'range':
    case 'sample':
      return false;
    default:
      return type satisfies never;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
