/** A webhook's refusal: the kind of error that Korifi's own API understands, and a sentence. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}
