// The sign of the house: an exedra seen from above, the half-round bench where people sat down to talk.

interface PlanProps {
  /** Seats per ring, from the innermost ring outwards. */
  rings: readonly number[];
  /** So many seats, from the middle outwards, are taken. */
  taken?: number;
  class?: string;
}

const UNIT = 12;
const SEAT_GAP = 0.035;

/** Rings of seats around an open middle; drawn, not decorated: one seat per place. */
export function Plan({ rings, taken = 0, class: className }: PlanProps) {
  const radius = (rings.length + 1.6) * UNIT;
  let seat = 0;
  return (
    <svg class={className} viewBox={`${-radius} ${-radius} ${2 * radius} ${radius + 1}`} aria-hidden="true">
      {rings.map((count, ring) =>
        fromTheMiddle(count).map((place) => {
          const isTaken = seat++ < taken;
          return <path key={`${ring}-${place}`} class={isTaken ? "seat seat-taken" : "seat"} d={seatPath(ring, place, count)} />;
        }),
      )}
    </svg>
  );
}

function fromTheMiddle(count: number): number[] {
  const middle = (count - 1) / 2;
  return Array.from({ length: count }, (_, index) => index).sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
}

function seatPath(ring: number, place: number, count: number): string {
  const inner = (ring + 1.75) * UNIT;
  const outer = inner + UNIT * 0.72;
  const step = Math.PI / count;
  const from = Math.PI + place * step;
  const point = (radius: number, angle: number) => `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`;
  // The gap keeps its width in units, so that the joints are parallel like those of cut stone.
  const gap = (radius: number) => (SEAT_GAP * UNIT * 2) / radius;
  return [
    `M${point(inner, from + gap(inner))}`,
    `A${inner} ${inner} 0 0 1 ${point(inner, from + step - gap(inner))}`,
    `L${point(outer, from + step - gap(outer))}`,
    `A${outer} ${outer} 0 0 0 ${point(outer, from + gap(outer))}Z`,
  ].join("");
}

export function Wordmark() {
  return (
    <a class="wordmark" href="#/" aria-label="Exedra, to the start">
      <Plan rings={[3, 5]} taken={3} class="wordmark-sign" />
      <span>Exedra</span>
    </a>
  );
}
