import { describe, expect, test } from "vitest";
import { arrange, type Rect } from "../src/model/grid";

const DESKTOP = { width: 1400, height: 760 };
const PHONE = { width: 344, height: 620 };
const GAP = 12;
const people = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const equal = (count: number) => ({ tiles: people(count), focus: null, self: null });

function overlap(a: Rect, b: Rect): boolean {
  const slack = 0.01;
  return a.x + slack < b.x + b.width && b.x + slack < a.x + a.width && a.y + slack < b.y + b.height && b.y + slack < a.y + a.height;
}

describe.each([["desktop", DESKTOP], ["phone", PHONE]])("on a %s", (_, stage) => {
  test.each(people(25).map((_, index) => index + 1))("%i tiles are inside the stage, equal and apart", (count) => {
    const places = [...arrange(equal(count), stage, GAP).values()];
    expect(places).toHaveLength(count);
    for (const [index, place] of places.entries()) {
      expect(place.x).toBeGreaterThanOrEqual(-0.01);
      expect(place.y).toBeGreaterThanOrEqual(-0.01);
      expect(place.x + place.width).toBeLessThanOrEqual(stage.width + 0.01);
      expect(place.y + place.height).toBeLessThanOrEqual(stage.height + 0.01);
      expect(place.width).toBeCloseTo(places[0]!.width);
      expect(places.slice(index + 1).some((other) => overlap(place, other))).toBe(false);
    }
  });

  test("the tiles of any call use at least half of the stage", () => {
    for (let count = 2; count <= 25; count++) {
      const used = [...arrange(equal(count), stage, GAP).values()].reduce((sum, { width, height }) => sum + width * height, 0);
      expect(used / (stage.width * stage.height), `${count} tiles`).toBeGreaterThan(0.5);
    }
  });

  test("a shared screen gets more room than all others together", () => {
    for (let count = 2; count <= 25; count++) {
      const places = arrange({ tiles: people(count), focus: "p0", self: null }, stage, GAP);
      const area = (id: string) => places.get(id)!.width * places.get(id)!.height;
      const others = people(count).slice(1).reduce((sum, id) => sum + area(id), 0);
      expect(area("p0"), `${count} tiles`).toBeGreaterThan(others);
    }
  });
});

test("no tile is stretched beyond the shapes in which a face stays visible", () => {
  for (const stage of [DESKTOP, PHONE, { width: 2_000, height: 300 }, { width: 300, height: 2_000 }]) {
    for (let count = 1; count <= 25; count++) {
      for (const { width, height } of arrange(equal(count), stage, GAP).values()) {
        expect(width / height).toBeGreaterThan(0.74);
        expect(width / height).toBeLessThan(1.79);
      }
    }
  }
});

test("a last row that is not full stands in the middle", () => {
  const places = [...arrange(equal(3), DESKTOP, GAP).values()];
  const last = places[2]!;
  expect(last.x + last.width / 2).toBeCloseTo(DESKTOP.width / 2);
  expect(last.y).toBeGreaterThan(places[0]!.y);
});

test("of two people the other fills the stage and oneself sits in the corner", () => {
  const places = arrange({ tiles: ["other", "me"], focus: null, self: "me" }, DESKTOP, GAP);
  expect(places.get("other")).toEqual({ x: 0, y: 0, ...DESKTOP });
  const me = places.get("me")!;
  expect(me.width).toBeLessThan(DESKTOP.width / 4);
  expect(me.x + me.width).toBeLessThan(DESKTOP.width);
  expect(me.y + me.height).toBeLessThan(DESKTOP.height);
});

test("a stage without a size has no places", () => {
  expect(arrange(equal(4), { width: 0, height: 0 }, GAP).size).toBe(0);
});
