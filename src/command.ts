/**
 * What a room's `command.ts` is written against: it declares verbs, and someone above runs them.
 *
 * A verb gets its options, the config and an open target, and returns a report; a renderer makes text of the report.
 */
import type { Command } from 'commander';
import type { TargetChoice } from './config/choose-target.ts';
import type { ResolvedConfig } from './config/schema.ts';
import type { DbkitError, ExitCode } from './errors.ts';
import type { OnEvent } from './events.ts';
import type { Action } from './postgres/guard.ts';
import type { VerbContext } from './postgres/target.ts';

/** Colours that a renderer may use; never the only carrier of a meaning. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
}

/** Who runs dbkit from where, read from the environment by the command line. */
export interface Origin {
  readonly actor: string | null;
  readonly commit: string | null;
  readonly runUrl: string | null;
  readonly dbkitVersion: string;
}

export interface VerbInput {
  /** Positional arguments, parsed. */
  readonly args: readonly unknown[];
  /** Flags by their camel-case name; what was not said is absent. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly config: ResolvedConfig;
  readonly origin: Origin;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  readonly now: () => Date;
}

export interface TargetVerbInput<Early = unknown> extends VerbInput {
  readonly context: VerbContext;
  /** What `early` of the verb resolved to. */
  readonly early: Early;
}

/** A verb that works around a target rather than on an open one: `db start`, `doctor`. */
export interface ChoiceVerbInput extends VerbInput {
  /** Why `config` holds nothing but defaults; null unless the verb explains faults of the config itself. */
  readonly configFault: DbkitError | null;
  /** Throws what the choice of a target throws. */
  readonly chooseTarget: () => TargetChoice;
  /** Opens the chosen target, after printing it where the verb writes; the caller of the verb closes it. */
  readonly openTarget: () => Promise<VerbContext>;
}

export interface Outcome<Report> {
  readonly report: Report;
  /** 1 when it was done and the answer is no. Default 0. */
  readonly exitCode?: Extract<ExitCode, 0 | 1>;
}

/** Makes text of a report; `options` are the flags that were said. */
type Render<Report> = (
  report: Report,
  style: Style,
  options: Readonly<Record<string, unknown>>,
) => string | Promise<string>;

export interface VerbText {
  /** With the program's name: `dbkit migrate up 1`. */
  readonly examples: readonly string[];
  /** What each exit status means here, beside those that every verb shares. */
  readonly exits?: Readonly<Partial<Record<ExitCode, string>>>;
  /** More for `--help`, after the options. */
  readonly notes?: string;
  /** The row of "who may destroy what, where" that the verb asks. */
  readonly guard?: Action;
}

export interface TargetVerb<Report, Early = undefined> extends VerbText {
  /** True: the target is printed first, and sources that disagree are refused. */
  readonly writes: boolean;
  /** What can be refused before the target is opened, at no cost: by throwing. */
  readonly refuse?: (input: VerbInput) => Promise<void>;
  /** What can be done while the server is not there yet, such as reading files. Its fault goes before the server's. */
  readonly early?: (input: VerbInput) => Promise<Early>;
  readonly run: (input: TargetVerbInput<Early>) => Promise<Outcome<Report>>;
  readonly render: Render<Report>;
}

export interface ChoiceVerb<Report> extends VerbText {
  /** As of a target verb, for the target that the verb opens. Default false. */
  readonly writes?: boolean;
  /** True: a config at fault does not end the verb; it gets `configFault`. */
  readonly explainsConfig?: boolean;
  readonly run: (input: ChoiceVerbInput) => Promise<Outcome<Report>>;
  readonly render: Render<Report>;
}

/** What the command line hands to each room so that it can declare its verbs. */
export interface Verbs {
  onTarget<Report, Early = undefined>(command: Command, verb: TargetVerb<Report, Early>): void;
  onChoice<Report>(command: Command, verb: ChoiceVerb<Report>): void;
}

export type RegisterRoom = (program: Command, verbs: Verbs) => void;
