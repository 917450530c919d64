import { expect, test } from "vitest";
import { cleanRoomName, inventRoomName, ROOM_NAME_LENGTH_MAX, roomFromAddress, roomLink } from "../src/model/room_name";

test.each([
  ["/", "#/r/blue-room", "blue-room"],
  ["/r/blue-room", "", "blue-room"],
  ["/r/blue-room/", "", "blue-room"],
  ["/r/one", "#/r/two", "two"],
  ["/", "#/r/caf%C3%A9", "café"],
  ["/", "#/r/50%", "50"],
  ["/", "", null],
  ["/", "#/r/", null],
  ["/rooms/blue", "#/x/blue", null],
])("the address %s%s names the room %s", (pathname, hash, room) => {
  expect(roomFromAddress({ pathname, hash })).toBe(room);
});

test.each([
  ["Blue Room", "blue-room"],
  ["  Züri & Bern!  ", "züri-bern"],
  ["会议室 7", "会议室-7"],
  ["../../etc/passwd", "etc-passwd"],
  ["<script>", "script"],
  ["---", ""],
  ["x".repeat(200), "x".repeat(ROOM_NAME_LENGTH_MAX)],
])("%j becomes the name %j", (typed, name) => {
  expect(cleanRoomName(typed)).toBe(name);
  expect(cleanRoomName(name)).toBe(name);
});

test("the link of a room leads to the room", () => {
  const link = new URL(roomLink("https://192.168.1.20:4443/", "züri-bern"));
  expect(link.origin).toBe("https://192.168.1.20:4443");
  expect(roomFromAddress(link)).toBe("züri-bern");
});

test("an invented name is a name", () => {
  for (const random of [0, 0.37, 0.999999]) {
    const name = inventRoomName(() => random);
    expect(cleanRoomName(name)).toBe(name);
    expect(name).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
  }
});
