// Who is speaking, from audio levels. A speaker must be heard for a moment before the mark moves to them and keeps it
// over the pauses of speech, so that a cough or a click doesn't make the stage restless.

/** Linear level (0 to 1) above which a sample counts as speech: about -40 dBFS. */
const SPEECH_LEVEL_MIN = 0.01;
/** Weight of the newest sample in the running level. */
const ATTACK = 0.5;
const RELEASE = 0.15;
/** Another speaker must be this much louder to take over while the present one still speaks. */
const TAKEOVER_RATIO = 1.6;
const HOLD_MS = 1_500;

export class ActiveSpeaker {
  #smoothed = new Map<string, number>();
  #current: string | null = null;
  #lastHeardMs = 0;

  get current(): string | null {
    return this.#current;
  }

  /** Takes one sample of every stream's level; a stream that is missing is silent. Returns the speaker, if any. */
  update(levels: ReadonlyMap<string, number>, nowMs: number): string | null {
    for (const id of new Set([...this.#smoothed.keys(), ...levels.keys()])) {
      const level = levels.get(id) ?? 0;
      const before = this.#smoothed.get(id) ?? 0;
      const after = before + (level - before) * (level > before ? ATTACK : RELEASE);
      if (after < SPEECH_LEVEL_MIN / 10 && !levels.has(id)) this.#smoothed.delete(id);
      else this.#smoothed.set(id, after);
    }
    const currentLevel = this.#current === null ? 0 : (levels.get(this.#current) ?? 0);
    if (currentLevel >= SPEECH_LEVEL_MIN) this.#lastHeardMs = nowMs;

    const loudest = this.#loudest(levels);
    const held = this.#current !== null && nowMs - this.#lastHeardMs < HOLD_MS;
    const takesOver =
      loudest !== null &&
      loudest.id !== this.#current &&
      (!held || loudest.level > TAKEOVER_RATIO * (this.#smoothed.get(this.#current!) ?? 0));
    if (takesOver) {
      this.#current = loudest.id;
      this.#lastHeardMs = nowMs;
    } else if (!held) {
      this.#current = null;
    }
    return this.#current;
  }

  /** Among those who can be heard at this moment: the running level outlasts speech. */
  #loudest(levels: ReadonlyMap<string, number>): { id: string; level: number } | null {
    let loudest: { id: string; level: number } | null = null;
    for (const [id, level] of this.#smoothed) {
      const audible = level >= SPEECH_LEVEL_MIN && (levels.get(id) ?? 0) >= SPEECH_LEVEL_MIN;
      if (audible && level > (loudest?.level ?? 0)) loudest = { id, level };
    }
    return loudest;
  }
}
