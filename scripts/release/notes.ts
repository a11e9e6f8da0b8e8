import pjson from '../../package.json' with { type: 'json' };

/** What whoever downloads a file of a release has to know beside what changed. */
const INSTALLING = `## Installing

Unpack the archive for your machine and put \`kubectl-asa_backup\` into the \`PATH\`, or hand the archive to Krew:
\`kubectl krew install --manifest=plugin.yaml --archive=FILE\`. \`sha256sum --check SHA256SUMS\` checks what was downloaded,
\`asa-backup.cdx.json\` lists what is inside, and \`man -l\` shows the pages in \`asa-backup-man.tar.gz\`.

On Linux glibc 2.28 or newer, libstdc++ and libatomic are needed (\`libatomic1\` in Debian and Ubuntu, \`libatomic\` in RHEL).

The files for macOS are not signed. Apple silicon runs no file without a signature: \`codesign --sign - kubectl-asa_backup\`
gives it one, and \`xattr -d com.apple.quarantine kubectl-asa_backup\` takes the mark of a download off.
`;

/**
 * The notes of a release: the section of its version in the changelog, and how to install it. A build between two
 * versions has what came since, too, and says so.
 * @throws Error when the changelog says nothing of this version
 */
export function notesOf(changelog: string): string {
  const { version } = pjson;
  const own = sectionOf(changelog, version);
  if (own === undefined) throw new Error(`CHANGELOG.md has no section [${version}]`);
  const since = sectionOf(changelog, 'Unreleased') ?? '';
  const later = since === '' ? '' : `## Since ${version}, in this build already\n\n${since}\n\n`;
  return `# asa-backup ${version}\n\n${INSTALLING}\n${later}## ${version}\n\n${own}\n`;
}

/** What stands under the heading of a version; undefined when there is none. */
function sectionOf(changelog: string, version: string): string | undefined {
  const [, after] = changelog.split(new RegExp(`^## \\[${RegExp.escape(version)}\\].*$`, 'm'));
  return after?.split(/^## /m)[0]?.trim();
}
