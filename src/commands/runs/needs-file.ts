/** What of the flags decides where an archive goes. */
export interface SinkFlags {
  readonly overwrite: boolean;
  readonly output?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly verify?: boolean | undefined;
  readonly 'volume-size'?: string | undefined;
}

/** What cannot be done with standard output, by the flag that asks for it: why not, and what to do. */
export const NEEDS_FILE: Partial<Record<keyof SinkFlags, readonly [string, string]>> = {
  output: ['standard output is taken by the archive', 'leave --output out, or write the archive to a file'],
  'volume-size': [
    'parts are files, and standard output is none',
    'give a file name, or leave --volume-size out',
  ],
  verify: [
    'standard output cannot be read back',
    'leave --verify out, and verify the archive where it arrives',
  ],
  resume: [
    'only an export to a file can be gone on with',
    'what went to standard output cannot be read again: export anew',
  ],
};
