import { expect, test } from "vitest";
import { ActiveSpeaker } from "../src/model/active_speaker";

const STEP_MS = 250;

/** Feeds samples a quarter of a second apart and returns who is marked after each. */
function marks(samples: Record<string, number>[]): (string | null)[] {
  const speaker = new ActiveSpeaker();
  return samples.map((levels, index) => speaker.update(new Map(Object.entries(levels)), index * STEP_MS));
}

const times = <T>(count: number, sample: T): T[] => Array.from({ length: count }, () => sample);

test("nobody is marked in silence", () => {
  expect(marks(times(8, { ann: 0.001, bob: 0 }))).toEqual(times(8, null));
});

test("the loudest is marked", () => {
  expect(marks(times(4, { ann: 0.05, bob: 0.2 })).at(-1)).toBe("bob");
});

test("the mark stays over the pause between two sentences", () => {
  const marked = marks([...times(4, { ann: 0.2 }), ...times(4, { ann: 0 }), ...times(2, { ann: 0.2 })]);
  expect(new Set(marked)).toEqual(new Set(["ann"]));
});

test("the mark goes when somebody has stopped", () => {
  expect(marks([...times(4, { ann: 0.2 }), ...times(12, { ann: 0 })]).at(-1)).toBeNull();
});

test("a remark from the side doesn't take the mark from the one who goes on speaking", () => {
  const marked = marks([...times(6, { ann: 0.2, bob: 0 }), { ann: 0.2, bob: 0.15 }, ...times(4, { ann: 0.2, bob: 0 })]);
  expect(new Set(marked)).toEqual(new Set(["ann"]));
});

test("the next speaker takes over as soon as the former is silent", () => {
  const marked = marks([...times(6, { ann: 0.2, bob: 0 }), ...times(12, { ann: 0, bob: 0.15 })]);
  expect(marked.at(-1)).toBe("bob");
});

test("who left is not marked", () => {
  expect(marks([...times(4, { ann: 0.2, bob: 0 }), ...times(12, { bob: 0 })]).at(-1)).toBeNull();
});
