import { request } from 'undici';
import type { RegistryAccess } from './client.ts';

/** A request of the distribution API. */
export interface Asked {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Its answer, the body read. */
export interface Answered {
  readonly ok: boolean;
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Buffer;
  /** Itself when it is a success. @throws Error with path and status */
  succeeded(): Answered;
}

/** One request of the distribution API, over plain HTTP, with the registry's login; the answer as a whole. */
export async function ask(registry: RegistryAccess, path: string, asked: Asked = {}): Promise<Answered> {
  const { method = 'GET', headers = {}, body } = asked;
  const { credentials: login, host } = registry;
  const basic = login && Buffer.from(`${login.username}:${login.password}`).toString('base64');
  const response = await request(new URL(path, `http://${host}`), {
    method,
    headers: { ...headers, ...(basic && { authorization: `Basic ${basic}` }) },
    ...(body && { body }),
  });
  const status = response.statusCode;
  const answered: Answered = {
    ok: status >= 200 && status < 300,
    status,
    header: name => {
      const value = response.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: Buffer.from(await response.body.arrayBuffer()),
    succeeded() {
      if (!answered.ok) throw new Error(`${method} ${path}: ${status}`);
      return answered;
    },
  };
  return answered;
}
