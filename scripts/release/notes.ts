import pjson from '../../package.json' with { type: 'json' };

/** What whoever downloads a file of a release has to know beside what changed. */
const INSTALLING = `## Installing

Unpack the archive for your machine and put \`kubectl-asa_backup\` into the \`PATH\`, or hand the archive to Krew:
\`kubectl krew install --manifest=plugin.yaml --archive=FILE\`. \`sha256sum --check SHA256SUMS\` checks what was downloaded,
\`asa-backup.cdx.json\` lists what is inside, and \`man -l\` shows the pages in \`asa-backup-man.tar.gz\`.

The files for macOS are not signed. Apple silicon runs no file without a signature: \`codesign --sign - kubectl-asa_backup\`
gives it one, and \`xattr -d com.apple.quarantine kubectl-asa_backup\` takes the mark of a download off.
`;

/**
 * The notes of a release: the section of its version in the changelog, and how to install it.
 * @throws Error when the changelog says nothing of this version
 */
export function notesOf(changelog: string): string {
  const { version } = pjson;
  const [, changes] = changelog.split(new RegExp(`^## \\[${RegExp.escape(version)}\\].*$`, 'm'));
  if (changes === undefined) throw new Error(`CHANGELOG.md has no section [${version}]`);
  const [section = ''] = changes.split(/^## /m);
  return `# asa-backup ${version}\n\n${section.trim()}\n\n${INSTALLING}`;
}
