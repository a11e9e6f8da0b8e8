import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ERROR_BODY_BYTES } from '../base/limits.ts';

/** The connection itself, or the answer of a server that would not give it. */
export type Upgraded =
  | { readonly socket: Duplex; readonly headers: IncomingHttpHeaders }
  | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };

/** Asks to take a connection over for another protocol. Rejects when the connection breaks. */
export function upgrade(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    let text = '';
    dispatcher.dispatch(options, {
      onRequestStart: () => undefined,
      onRequestUpgrade: (_, __, headers, socket) => resolve({ socket, headers }),
      onResponseStart: (_, code, received) => {
        status = code;
        headers = received;
      },
      onResponseData: (_, chunk) => {
        text = (text + chunk.toString('utf8')).slice(0, ERROR_BODY_BYTES);
      },
      onResponseEnd: () => resolve({ status, headers, text }),
      onResponseError: (_, error) => reject(error),
    });
  });
}
