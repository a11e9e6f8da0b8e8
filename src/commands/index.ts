import Demo from './demo.ts';
import Export from './export.ts';
import Inspect from './inspect.ts';
import Restore from './restore.ts';
import Verify from './verify.ts';

/** Every command by its name. The files hold flags and help; what a command needs it imports when it runs. */
export const COMMANDS = {
  demo: Demo,
  export: Export,
  inspect: Inspect,
  restore: Restore,
  verify: Verify,
};
