import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { program } from './programs.ts';

/** Paths of PEM files; the certificates are valid for a month. */
export interface Certificates {
  /** The authority that signed the other two. */
  readonly ca: string;
  /** A server's certificate, for 127.0.0.1 and localhost. */
  readonly cert: string;
  readonly key: string;
  /** A client's certificate: user admin, group system:masters. */
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Writes a new certificate authority, a server's and a client's certificate into an existing folder. */
export async function certificates(directory: string): Promise<Certificates> {
  await promisify(execFile)(program('tools'), ['certs', directory]);
  return {
    ca: join(directory, 'ca.pem'),
    cert: join(directory, 'server.pem'),
    key: join(directory, 'server-key.pem'),
    clientCert: join(directory, 'client.pem'),
    clientKey: join(directory, 'client-key.pem'),
  };
}
