import type { Random } from "../ports.ts";

/**
 * Tells whether two texts are equal without keeping them: 128 bits, mixed with a secret of this process,
 * so that nobody can make two texts that collide. Not a cryptographic hash.
 */
export class TextHash {
  readonly #seed: Uint32Array;

  constructor(random: Random) {
    this.#seed = new Uint32Array(random.fill(new Uint8Array(16)).buffer);
  }

  /** Four lanes that feed each other (the mixing step of "cyrb128"). */
  of(text: string): string {
    let [a = 0, b = 0, c = 0, d = 0] = this.#seed;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = b ^ Math.imul(a ^ unit, 597399067);
      b = c ^ Math.imul(b ^ unit, 2869860233);
      c = d ^ Math.imul(c ^ unit, 951274213);
      d = a ^ Math.imul(d ^ unit, 2716044179);
    }
    return `${a}:${b}:${c}:${d}:${text.length}`;
  }
}
