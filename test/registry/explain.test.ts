import { describe, expect, it } from 'vitest';
import { Transient } from '../../src/registry/retry.ts';
import { explain } from '../../src/registry/transport.ts';

function explained(code: string, answeredBefore: boolean, registry = 'r.example.com') {
  const error = explain(
    Object.assign(new Error(code), { code }),
    registry,
    'r.example.com/a',
    answeredBefore,
  );
  return error instanceof Transient
    ? { again: true, failure: error.failure }
    : { again: false, failure: error };
}

describe('an error of a connection', () => {
  it.each(['EAI_AGAIN', 'ECONNABORTED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'])(
    'that passes is tried again: %s',
    code => {
      expect([explained(code, false).again, explained(code, true).again]).toEqual([true, true]);
    },
  );

  it.each([
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'ETIMEDOUT',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('that tells of a host which is not there is tried again only once the host has answered: %s', code => {
    expect([explained(code, false).again, explained(code, true).again]).toEqual([false, true]);
  });

  it('of a name that cannot be looked up now says so, and which Service it may be', () => {
    const registry = 'registry.kube-system.svc.cluster.local:5000';
    expect(explained('EAI_AGAIN', false, registry).failure).toMatchObject({
      code: 'not-connected',
      message: `no connection to ${registry}: its name cannot be looked up now`,
      hints: [
        `is the name known to the cluster only? pass --registry-endpoint ${registry}=svc:kube-system/registry:5000`,
      ],
    });
  });

  it('that is none stays what it is', () => {
    const error = new Error('a fault of ours');
    expect(explain(error, 'r.example.com', 'r.example.com/a', true)).toBe(error);
  });
});
