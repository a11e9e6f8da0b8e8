import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { program } from '../test/testbed/programs.ts';
import type { Command } from './measure.ts';

/** Go's reference tool for registries; loopback registries it takes for plain ones when they do not speak TLS. */
export function crane(ca: string | undefined, ...args: string[]): Command {
  return { program: program('crane'), args, ...(ca !== undefined && { env: { SSL_CERT_FILE: ca } }) };
}

/** Whether skopeo is installed; it is a package of the system, and not built for the testbed. */
export function hasSkopeo(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, 'skopeo'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Copies an image with all its platforms into an OCI layout in a tar. */
export function skopeo(reference: string, archive: string): Command {
  const source = ['--src-tls-verify=false', `docker://${reference}`];
  return {
    program: 'skopeo',
    args: ['--insecure-policy', 'copy', '--quiet', '--all', ...source, `oci-archive:${archive}:image`],
  };
}
