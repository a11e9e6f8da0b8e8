import Completion from './completion.ts';
import Demo from './demo.ts';
import Diff from './diff.ts';
import Export from './export.ts';
import Inspect from './inspect.ts';
import Join from './join.ts';
import Journals from './journals.ts';
import List from './list.ts';
import Merge from './merge.ts';
import Options from './options.ts';
import Redact from './redact.ts';
import Rehearse from './rehearse.ts';
import Rekey from './rekey.ts';
import Repair from './repair.ts';
import Restore from './restore.ts';
import Split from './split.ts';
import Describe from './tanzu/describe.ts';
import GenerateDocs from './tanzu/generate-docs.ts';
import Info from './tanzu/info.ts';
import Lint from './tanzu/lint.ts';
import PostInstall from './tanzu/post-install.ts';
import Version from './tanzu/version.ts';
import Undo from './undo.ts';
import Verify from './verify.ts';

/** Every command by its name. The files hold flags and help; what a command needs it imports when it runs. */
export const COMMANDS = {
  completion: Completion,
  demo: Demo,
  diff: Diff,
  export: Export,
  inspect: Inspect,
  join: Join,
  journals: Journals,
  list: List,
  merge: Merge,
  options: Options,
  rehearse: Rehearse,
  redact: Redact,
  rekey: Rekey,
  repair: Repair,
  restore: Restore,
  split: Split,
  undo: Undo,
  verify: Verify,
  version: Version,
  // What only the Tanzu CLI calls.
  describe: Describe,
  'generate-docs': GenerateDocs,
  info: Info,
  lint: Lint,
  'post-install': PostInstall,
};
