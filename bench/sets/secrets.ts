import { join } from 'node:path';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { compete, type Row } from '../compare.ts';
import { fillSecrets, startFoundation } from '../foundation.ts';
import { ours, type Setting } from '../setting.ts';

const KiB = 1024;

/** What encryption costs: a foundation of little but secrets, exported encrypted and in plain text. */
export async function secrets(setting: Setting): Promise<Row[]> {
  const { directory, quick } = setting;
  const [apps, bytes] = [quick ? 100 : 2_000, 24 * KiB];
  const source = await startFoundation();
  setting.cleanUp(() => source.stop());
  setting.say(`making ${apps} secrets`);
  await fillSecrets(source, apps, bytes);
  const recipients = {
    X25519: await identityToRecipient(await generateX25519Identity()),
    'post-quantum': await identityToRecipient(await generateHybridIdentity()),
  };
  const rows: Row[] = [];
  for (const [name, recipient] of Object.entries(recipients)) {
    setting.say(`export to a recipient, ${name}, and in plain text`);
    const exported = (file: string, ...flags: string[]) => {
      const { kubeconfig } = source.testbed;
      return ours([
        'export',
        join(directory, file),
        '--kubeconfig',
        kubeconfig,
        '--overwrite',
        '--quiet',
        ...flags,
      ]);
    };
    rows.push(
      ...(await compete({
        set: `export: ${apps} secrets, ${Math.round((apps * bytes) / KiB ** 2)} MiB, ${name}`,
        rounds: quick ? 1 : 7,
        contenders: [
          { name: 'ours', commands: () => [exported('sealed.tar', '--recipient', recipient)] },
          { name: 'in plain text', commands: () => [exported('plain.tar', '--plaintext-secrets')] },
        ],
        goals: { 'in plain text': 1.1 },
      })),
    );
  }
  return rows;
}
