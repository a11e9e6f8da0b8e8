import { type SandboxBroker, startBroker } from '../../src/sandbox/broker/server.ts';

/** A broker that both foundations share, and that can be away for a while. */
export class LiveBroker {
  readonly #address: string;
  readonly #port: number;
  /** Of those that ran before. */
  readonly #earlier: string[] = [];
  #broker: SandboxBroker | undefined;
  #told = 0;
  readonly url: string;
  readonly login: SandboxBroker['login'];

  private constructor(address: string, broker: SandboxBroker) {
    this.#address = address;
    this.#port = Number(new URL(broker.url).port);
    this.#broker = broker;
    this.url = broker.url;
    this.login = broker.login;
  }

  /** @param address under which both foundations reach this machine */
  static async start(address: string): Promise<LiveBroker> {
    return new LiveBroker(address, await startBroker({ address }));
  }

  /** What it was asked to do since this was asked last: `bind 1234`; catalogs do not count. */
  newCalls(): string[] {
    const all = [...this.#earlier, ...(this.#broker?.calls ?? [])];
    const fresh = all.slice(this.#told);
    this.#told = all.length;
    return fresh;
  }

  async down(): Promise<void> {
    this.#earlier.push(...(this.#broker?.calls ?? []));
    await this.#broker?.stop();
    this.#broker = undefined;
  }

  async up(): Promise<void> {
    this.#broker ??= await startBroker({ address: this.#address, port: this.#port });
  }
}
