/** Chalk's colours; loaded only for a stream that shows them. */
import { Chalk } from 'chalk';
import type { Style } from '../command.ts';

const { bold, dim, green, red, yellow } = new Chalk({ level: 1 });

export const colors: Style = { bold, dim, good: green, bad: red, warn: yellow };
