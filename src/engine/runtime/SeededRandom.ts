/** Numbers for `Math.random`: the "sfc32" generator, seeded with 16 bytes. Not for secrets. */
export class SeededRandom {
  readonly #state: Uint32Array;

  constructor(seed: Uint8Array<ArrayBuffer>) {
    this.#state = new Uint32Array(seed.slice(0, 16).buffer);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) {
      this.#next();
    }
  }

  /** At least 0 and below 1, with 53 random bits. */
  nextNumber(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  #next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const result = (a + b + counter) | 0;
    this.#state.set([
      b ^ (b >>> 9),
      (c + (c << 3)) | 0,
      (((c << 21) | (c >>> 11)) + result) | 0,
      (counter + 1) | 0,
    ]);
    return result;
  }
}

/** After this many rounds every bit of the seed has reached every bit of the state. */
const WARM_UP_ROUNDS = 12;
