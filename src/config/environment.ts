/** Variables, of the process or of a file. */
export type Environment = Readonly<Record<string, string | undefined>>;
