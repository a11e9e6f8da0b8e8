import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { Dial } from './endpoints.ts';

/**
 * Makes undici's connections by dialling, with TLS inside of them where the registry speaks it. A dial that fails does
 * so with an error whose cause is the Failure.
 */
export function dialled(dial: Dial, options: buildConnector.BuildOptions): buildConnector.connector {
  const secure = buildConnector(options);
  return (target, callback) => {
    dial().then(
      stream => {
        // What undici needs of a socket a stream has as well.
        const socket = stream as Socket;
        if (target.protocol === 'https:') secure({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (cause: Error) => callback(new Error(cause.message, { cause }), null),
    );
  };
}
