/** What the Open Service Broker API says a broker offers, as far as it is used. */
export interface Catalog {
  readonly services: readonly {
    readonly id: string;
    readonly name: string;
    readonly description: string;
    readonly plans: readonly { readonly id: string; readonly name: string; readonly free: boolean }[];
  }[];
}

type Ids = Readonly<Record<'service_id' | 'plan_id', string>>;

/** A client of the Open Service Broker API 2.17, of its synchronous part. */
export class Broker {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, { username, password }: { username: string; password: string }) {
    this.#url = url.replace(/\/$/, '');
    this.#authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  async catalog(): Promise<Catalog> {
    return (await this.#send('GET', 'catalog')) as Catalog;
  }

  async provision(instance: string, ids: Ids): Promise<void> {
    await this.#send('PUT', `service_instances/${instance}`, ids);
  }

  async deprovision(instance: string, ids: Ids): Promise<void> {
    await this.#send('DELETE', `service_instances/${instance}?${new URLSearchParams(ids)}`);
  }

  /** The credentials. */
  async bind(instance: string, binding: string, ids: Ids): Promise<Record<string, string>> {
    const answer = await this.#send('PUT', `service_instances/${instance}/service_bindings/${binding}`, ids);
    return (answer as { credentials: Record<string, string> }).credentials;
  }

  async unbind(instance: string, binding: string, ids: Ids): Promise<void> {
    const path = `service_instances/${instance}/service_bindings/${binding}`;
    await this.#send('DELETE', `${path}?${new URLSearchParams(ids)}`);
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}/v2/${path}`, {
      method,
      headers: {
        authorization: this.#authorization,
        'x-broker-api-version': '2.17',
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(`the broker answers ${response.status} to ${method} ${path}`);
    return answer;
  }
}
