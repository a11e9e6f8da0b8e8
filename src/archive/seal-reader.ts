import { SEAL_BYTES, SEAL_SIGNATURE_BYTES } from '../base/limits.ts';
import { type Head, listingOf, sealOf } from './head.ts';
import { ENTRY } from './layout.ts';
import { SECOND_VERSION } from './plan.ts';
import { parseSeal, type Seal } from './seal.ts';
import { checkSigner, readSealSignature, type SealSignature } from './signature.ts';
import type { AllowedSigner } from './ssh/allowed-signers.ts';
import { fingerprintOf } from './ssh/public-key.ts';
import type { SshSignature } from './ssh/signature.ts';
import { damaged, type Entry, expectEntry, placeOf, type TarReader } from './tar-reader.ts';

/** Reads the end of an archive: the seal, and who signed it. */
export class SealReader {
  readonly #tar: TarReader;
  readonly #head: Head;
  readonly #signers: readonly AllowedSigner[] | undefined;
  #signature: SealSignature | undefined;

  /** @param signers who may have signed; without them anybody may, or nobody */
  constructor(tar: TarReader, head: Head, signers: readonly AllowedSigner[] | undefined) {
    this.#tar = tar;
    this.#head = head;
    this.#signers = signers;
  }

  /** Known once the seal has been read. */
  get signature(): SealSignature | undefined {
    return this.#signature;
  }

  /** Whether somebody has to have signed. */
  get mustBeSigned(): boolean {
    return this.#signers !== undefined;
  }

  /** @throws Failure `refused` where somebody has to have signed, and by the head nobody has */
  checkHead(): void {
    if (this.mustBeSigned && this.#head.plan.formatVersion < SECOND_VERSION) this.#check(undefined);
  }

  /** Reads and checks the seal, and what signs it, which come next. @throws Failure `damaged`, `incomplete`, `refused` */
  async read(): Promise<Seal> {
    const entry = await this.#tar.next('seal');
    expectEntry(entry, ENTRY.seal);
    if (entry.size > SEAL_BYTES) throw damaged(`a seal has at most ${SEAL_BYTES} bytes`, placeOf(entry));
    const bytes = await this.#tar.take(entry);
    const seal = parseSeal(bytes, placeOf(entry));
    checkSeal(seal, sealOf(this.#head, listingOf(this.#head), seal), entry);
    const signed = this.#head.plan.formatVersion >= SECOND_VERSION;
    const signature = signed ? await this.#readSignature(bytes) : undefined;
    this.#signature = signature && { key: fingerprintOf(signature.publicKey) };
    if (this.mustBeSigned) this.#check(signature);
    return seal;
  }

  async #readSignature(seal: Buffer): Promise<SshSignature | undefined> {
    if (!(await this.#tar.hasNext())) return undefined;
    const entry = await this.#tar.next('end');
    expectEntry(entry, ENTRY.signature);
    if (entry.size > SEAL_SIGNATURE_BYTES)
      throw damaged(`a signature has at most ${SEAL_SIGNATURE_BYTES} bytes`, placeOf(entry));
    return readSealSignature(await this.#tar.take(entry), seal, placeOf(entry));
  }

  #check(signature: SshSignature | undefined): void {
    const at = new Date(this.#head.plan.createdAt);
    this.#signature = checkSigner(signature, this.#signers ?? [], at);
  }
}

function checkSeal(seal: Seal, expected: Seal, entry: Entry): void {
  for (const member of ['backup', 'index', 'entries', 'bytes', 'digest'] as const) {
    if (seal[member] !== expected[member]) {
      throw damaged(
        `its ${member} is ${seal[member]}, and the archive has ${expected[member]}`,
        placeOf(entry),
      );
    }
  }
}
