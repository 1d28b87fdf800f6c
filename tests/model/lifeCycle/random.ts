/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number;
}

/** Mulberry32 (Tommy Ettinger's public-domain generator): quick, and good enough to shuffle. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    below: (bound) => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
    },
  };
}

export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const result = [...values];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const value = result[last] as T;
    result[last] = result[other] as T;
    result[other] = value;
  }
  return result;
}
