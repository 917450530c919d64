/** What a page is told of media without asking: looks every few seconds, while somebody listens. */
import type { Publication, StreamStats, Subscription } from "../core/index";
import { StatsSampler } from "../core/stats";
import { hasHandlers } from "./eventing";

const LOOK_MS = 2_000;
/** Opus sends something every 400 ms, also where it saves bits in silence. */
const SILENT_MS_MIN = 1_000;

/** Until the function that is returned is called. Leaves the rates of the page's own `getStats()` alone. */
export function observe(target: object, events: string[], source: Publication | Subscription, see: (stats: StreamStats) => void): () => void {
  const sampler = new StatsSampler();
  const look = async () => {
    if (!events.some((event) => hasHandlers(target, event))) return;
    see(sampler.summarize(await source.rawStats(), source.transceivers.keys()));
  };
  const looking = setInterval(() => look().catch(() => undefined), LOOK_MS);
  return () => clearInterval(looking);
}

/** Where nothing arrives the browser counts no loss: sound that is expected, and of which no packet came, is lost altogether. */
export class Silence {
  #packets: number | undefined;
  #sinceMs = 0;

  judge(stats: StreamStats, isExpected: boolean): StreamStats {
    const { audio, timestamp } = stats;
    if (!isExpected || audio?.packets !== this.#packets) {
      this.#packets = audio?.packets;
      this.#sinceMs = timestamp;
    }
    return audio && timestamp - this.#sinceMs >= SILENT_MS_MIN ? { ...stats, audio: { ...audio, lossPercent: 100 } } : stats;
  }
}

/** News is what was seen twice in a row and is not what was told last: a single lost packet is no change of weather. */
export class Steady<Value> {
  #told: string;
  #seen: string | undefined;

  constructor(initial: Value) {
    this.#told = JSON.stringify(initial);
  }

  isNews(value: Value): boolean {
    const before = this.#seen;
    this.#seen = JSON.stringify(value);
    if (this.#seen !== before || this.#seen === this.#told) return false;
    this.#told = this.#seen;
    return true;
  }
}
