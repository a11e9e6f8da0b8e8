import { mkdirSync } from 'node:fs';
import { certificates, type RealRegistry, startRegistry } from '../test/testbed/testbed.ts';
import { startFar } from './far.ts';

/** How a registry is reached: over loopback, in the clear or by TLS, or as if it were on another continent. */
export type Way = 'loopback' | 'TLS' | 'far';

/** A registry that is measured. */
export interface BenchRegistry {
  /** What clients are told. */
  readonly host: string;
  /** The registry itself, in the clear and near, for what makes its data; it keeps it in the same place. */
  readonly origin: RealRegistry;
  /** Path of the authority that signed its certificate. */
  readonly ca?: string;
  stop(): Promise<void>;
}

export async function startBenchRegistry(way: Way, folder: string): Promise<BenchRegistry> {
  const origin = await startRegistry();
  if (way === 'loopback') return { host: origin.host, origin, stop: () => origin.stop() };
  if (way === 'far') {
    const far = await startFar(origin.host);
    const stop = () => {
      far.close();
      return origin.stop();
    };
    return { host: far.host, origin, stop };
  }
  mkdirSync(folder, { recursive: true });
  const { ca, cert, key } = await certificates(folder);
  const { directory } = origin;
  const secured = await startRegistry({ tls: { cert, key }, directory });
  const stop = async () => {
    await secured.stop();
    await origin.stop();
  };
  return { host: secured.host, origin, ca, stop };
}
