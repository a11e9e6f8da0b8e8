import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Starts the browser of this machine, without a window. @throws Error when there is none */
export function startBrowser(): Promise<Browser> {
  const places = (process.env.PATH ?? '').split(delimiter);
  const executablePath = NAMES.flatMap(name => places.map(place => join(place, name))).find(isExecutable);
  if (executablePath === undefined) throw new Error(`none of ${NAMES.join(', ')} is in the PATH`);
  // The pages are our own, and a container has no room for a sandbox.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
