import { readFile } from 'node:fs/promises';
import { Failure } from '../../base/errors.ts';
import { writeWhole } from '../../progress/write-whole.ts';
import { keptFlags } from '../flags/command-line.ts';
import type { RestoreFlags } from '../runs/restore.ts';
import { DEFAULTS, saidFlags } from './command-line.ts';

/** Flags that a file of answers may hold: those that say what a restore does, and none with a credential. */
const KEPT = [
  ...[
    'identity',
    'base',
    'org',
    'space',
    'app',
    'installation',
    'namespace',
    'selector',
    'include',
    'exclude',
  ],
  ...[
    'images',
    'droplets',
    'history',
    'registry-map',
    'allow',
    'on-existing-tag',
    'wait-timeout',
    'start',
    'tasks',
    'package-version',
  ],
  ...[
    'on-existing',
    'remove-orphaned-leases',
    'domain-map',
    'subject-map',
    'pull-secret-map',
    'allowed-signers',
    'passphrase-env',
    'eager',
  ],
  ...['concurrency', 'kubeconfig', 'registry-ca', 'plain-http', 'insecure-registry', 'registry-endpoint'],
];

type Values = Readonly<Record<string, unknown>>;

/**
 * Keeps what was answered, for its owner only. It grows when a reader of the old one would go wrong.
 * @throws Failure `io-error`
 */
export async function saveAnswers(path: string, flags: object, context: string): Promise<void> {
  const all = Object.entries(keptFlags(saidFlags(flags)));
  const said = Object.fromEntries(all.filter(([name]) => KEPT.includes(name)));
  const document = { schema: 1, command: 'restore', context, flags: said };
  await writeWhole(path, `${JSON.stringify(document, undefined, 2)}\n`, 'the answers cannot be written');
}

/**
 * The flags with the answers of a file where they say nothing themselves. The answers confirm one context only.
 * @throws Failure `usage` for a file that holds no answers, `refused` for those of another context
 */
export async function withSavedAnswers(path: string, flags: RestoreFlags): Promise<RestoreFlags> {
  const { context, flags: saved } = await readAnswers(path);
  const given = flags as unknown as Values;
  if (given.context !== undefined && given.context !== context) {
    throw new Failure('refused', `the answers are for the context ${context}, not ${given.context}`, {
      subject: path,
      hints: ['answer the wizard for this context, or leave --context out'],
    });
  }
  const open = Object.entries(saved).filter(
    ([name]) => given[name] === undefined || given[name] === DEFAULTS[name],
  );
  return { ...flags, ...Object.fromEntries(open), context, yes: true } as RestoreFlags;
}

async function readAnswers(path: string): Promise<{ context: string; flags: Values }> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new Failure('usage', 'the file of --answers cannot be read', { subject: path, cause });
  });
  try {
    const { schema, command, context, flags } = JSON.parse(text);
    const isRight =
      schema === 1 && command === 'restore' && typeof context === 'string' && typeof flags === 'object';
    if (isRight && flags !== null && Object.entries(flags).every(isAnswer)) return { context, flags };
  } catch {
    // What is no JSON holds no answers either.
  }
  throw new Failure('usage', 'the file of --answers holds no answers of this version', {
    subject: path,
    hints: ['a restore on a terminal writes them with --save-answers'],
  });
}

function isAnswer([name, value]: [string, unknown]): boolean {
  const isOne = (one: unknown) => ['string', 'boolean', 'number'].includes(typeof one);
  return KEPT.includes(name) && (isOne(value) || (Array.isArray(value) && value.every(isOne)));
}
