// Before the call: the room, one's name, and a look in the mirror.

import { useEffect, useRef, useState } from "preact/hooks";
import { preferences } from "../model/preferences";
import { cleanRoomName } from "../model/room_name";
import type { LocalMedia } from "../model/local_media";
import { DeviceFields } from "./device_fields";
import { Icon } from "./icon";
import { Plan, Wordmark } from "./mark";
import { Preview } from "./preview";
import { DeviceProblems } from "./device_problems";
import { ThemeButton } from "./theme_button";

interface LobbyProps {
  room: string;
  local: LocalMedia;
  onEnter(room: string, name: string): void;
}

export function Lobby({ room: initialRoom, local, onEnter }: LobbyProps) {
  const [room, setRoom] = useState(initialRoom);
  const [name, setName] = useState(preferences.name.value);
  const nameField = useRef<HTMLInputElement>(null);
  const cleaned = cleanRoomName(room);

  useEffect(() => {
    if (!nameField.current!.value) nameField.current!.focus();
  }, []);

  useEffect(() => {
    const idle = [local.camera, local.microphone].every(({ value }) => value.track === null && value.state === "off");
    if (idle) void local.start();
  }, [local]);

  const submit = (event: Event) => {
    event.preventDefault();
    if (cleaned && name.trim()) onEnter(cleaned, name.trim());
  };

  return (
    <div class="lobby">
      <header class="lobby-head">
        <Wordmark />
        <ThemeButton />
      </header>
      <main class="lobby-main">
        <section class="lobby-mirror" aria-label="Camera and microphone">
          <Preview local={local} name={name} />
          <DeviceFields local={local} />
        </section>
        <section class="lobby-door">
          <h1>Take a seat.</h1>
          <p class="lead">Whoever opens the room's link is in the room. Picture and sound pass through this server, and nowhere else.</p>
          <form onSubmit={submit} class="lobby-form">
            <label class="field">
              <span>Your name</span>
              <input
                name="name" required maxLength={60} autocomplete="nickname" value={name} placeholder="Ada"
                onInput={(event) => setName(event.currentTarget.value)} ref={nameField}
              />
            </label>
            <label class="field">
              <span>Room</span>
              <input
                name="room" required maxLength={64} autocomplete="off" autocapitalize="none" spellcheck={false} value={room}
                onInput={(event) => setRoom(event.currentTarget.value)}
              />
            </label>
            <button class="button button-primary button-large" type="submit">
              Join {cleaned || "the room"}
              <Icon name="arrow" />
            </button>
          </form>
          <DeviceProblems local={local}>You can join all the same, to watch and to listen.</DeviceProblems>
        </section>
      </main>
      <Plan rings={[7, 11, 15, 19, 23]} class="lobby-plan" />
    </div>
  );
}
