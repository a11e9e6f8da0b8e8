import { selfSigned } from './certificate.ts';
import { registryContract } from './contract.ts';
import { registry } from './setting.ts';

registryContract('the embedded registry', async () => ({ host: (await registry()).host, access: {} }));

registryContract('the embedded registry with TLS and a login', async () => {
  const tls = selfSigned();
  const login = { username: 'joe', password: 'pw' };
  const { host } = await registry({ tls, login });
  const credentials = { for: async () => ({ kind: 'password' as const, ...login }) };
  return { host, access: { credentials, ca: tls.cert } };
});
