// How loud the microphone is, on a decibel scale: what one reads to know that the right one is chosen.

import { useEffect, useRef } from "preact/hooks";

const BARS = 24;
const FLOOR_DB = -60;

export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const meter = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = meter.current!;
    if (!track) {
      light(element, 0);
      return;
    }
    const context = new AudioContext();
    // A page that nobody has touched may have to wait for the first gesture.
    const wake = () => void context.resume();
    addEventListener("pointerdown", wake);
    addEventListener("keydown", wake);
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    let frame = requestAnimationFrame(function draw() {
      analyser.getFloatTimeDomainData(samples);
      const level = loudness(samples);
      shown = Math.max(level, shown - 0.02);
      light(element, shown);
      frame = requestAnimationFrame(draw);
    });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("pointerdown", wake);
      removeEventListener("keydown", wake);
      void context.close();
    };
  }, [track]);

  return (
    <div class="meter" ref={meter} role="meter" aria-label="Microphone level" aria-valuemin={0} aria-valuemax={100} aria-valuenow={0}>
      {Array.from({ length: BARS }, (_, index) => <i key={index} />)}
    </div>
  );
}

function light(meter: HTMLElement, level: number): void {
  const lit = Math.round(level * BARS);
  meter.setAttribute("aria-valuenow", String(Math.round(level * 100)));
  [...meter.children].forEach((bar, index) => bar.toggleAttribute("data-lit", index < lit));
}

/** 0 (silence) to 1 (full scale). */
function loudness(samples: Float32Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const decibels = 10 * Math.log10(energy / samples.length + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
}
