/** How busy the machine is: as the browser says, or else by what holds back the pictures that it encodes. */
import type { Publication } from "./publication";

export type CpuPressure = "nominal" | "fair" | "serious" | "critical";

const LOOK_MS = 2_000;

interface PressureObserver {
  observe(source: "cpu", options: { sampleInterval: number }): Promise<void>;
  disconnect(): void;
}
type PressureObserverClass = new (tell: (records: { state: CpuPressure }[]) => void) => PressureObserver;

/** Tells each change, from `nominal` on, until the function that is returned is called. */
export function watchCpu(room: { publications: ReadonlyMap<string, Publication> }, tell: (pressure: CpuPressure) => void): () => void {
  let told: CpuPressure = "nominal";
  let looking: ReturnType<typeof setInterval> | undefined;
  let isStopped = false;
  const see = (pressure: CpuPressure) => {
    if (pressure === told || isStopped) return;
    told = pressure;
    tell(pressure);
  };
  const look = async () => {
    const reports = await Promise.all([...room.publications.values()].map((publication) => publication.rawStats()));
    see(reports.some((report) => [...report.values()].some((entry) => entry.qualityLimitationReason === "cpu")) ? "serious" : "nominal");
  };
  const lookAtEncoders = () => {
    if (!isStopped) looking = setInterval(() => look().catch(() => undefined), LOOK_MS);
  };
  const { PressureObserver } = globalThis as { PressureObserver?: PressureObserverClass };
  const observer = PressureObserver && new PressureObserver((records) => see(records.at(-1)!.state));
  // A page's policy may forbid it, and not every machine can tell.
  if (observer) observer.observe("cpu", { sampleInterval: LOOK_MS }).catch(lookAtEncoders);
  else lookAtEncoders();
  return () => {
    isStopped = true;
    observer?.disconnect();
    clearInterval(looking);
  };
}
