// Live figures of one stream, over its picture.

import { useEffect, useRef, useState } from "preact/hooks";
import type { StreamStats } from "../call/call";

const HISTORY = 40;

export function StatsOverlay({ stats }: { stats: StreamStats | null }) {
  const [history, setHistory] = useState<readonly number[]>([]);
  const latest = useRef<StreamStats | null>(null);
  useEffect(() => {
    if (!stats || stats === latest.current) return;
    latest.current = stats;
    setHistory((past) => [...past, stats.bitsPerSecond ?? 0].slice(-HISTORY));
  }, [stats]);

  if (!stats) return <div class="stats"><p>Measuring</p></div>;
  const { width, height, framesPerSecond, bitsPerSecond, loss, roundTripMs, jitterMs, videoCodec, audioCodec } = stats;
  const figures: [label: string, value: string | null, name: string][] = [
    ["Picture", width && height ? `${width} × ${height}` : null, "picture"],
    ["Frames", framesPerSecond === null ? null : `${Math.round(framesPerSecond)} /s`, "frames"],
    ["Bitrate", bitsPerSecond === null ? null : formatBitrate(bitsPerSecond), "bitrate"],
    ["Loss", loss === null ? null : `${(loss * 100).toFixed(1)} %`, "loss"],
    ["Round trip", roundTripMs === null ? null : `${Math.round(roundTripMs)} ms`, "round-trip"],
    ["Jitter", jitterMs === null ? null : `${Math.round(jitterMs)} ms`, "jitter"],
    ["Codec", [videoCodec, audioCodec].filter(Boolean).join(" + ") || null, "codec"],
  ];
  return (
    <div class="stats">
      <dl>
        {figures.map(([label, value, name]) => value !== null && (
          <div key={name} data-figure={name} data-bad={name === "loss" && (loss ?? 0) > 0.02 ? true : undefined}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Sparkline values={history} />
    </div>
  );
}

function Sparkline({ values }: { values: readonly number[] }) {
  if (values.length < 2) return null;
  const peak = Math.max(...values, 1);
  const points = values.map((value, index) => `${((HISTORY - values.length + index) / (HISTORY - 1)) * 100},${(22 - (value / peak) * 20).toFixed(1)}`);
  return (
    <svg class="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}

export function formatBitrate(bitsPerSecond: number): string {
  const kilobits = bitsPerSecond / 1_000;
  return kilobits < 1_000 ? `${Math.round(kilobits)} kbit/s` : `${(kilobits / 1_000).toFixed(2)} Mbit/s`;
}
