/** Loudness of a local track, 0 to 1, taken when asked. */
export class AudioMeter {
  readonly #context: AudioContext;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(track: MediaStreamTrack) {
    this.#context = new AudioContext();
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
  }

  level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return this.#samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
  }

  close(): void {
    this.#source.disconnect();
    this.#context.close().catch(() => undefined);
  }
}
