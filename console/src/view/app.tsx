// Which screen is shown: the lobby, the call, or how the call ended.

import { useEffect, useMemo, useState } from "preact/hooks";
import type { Join } from "../call/call";
import { CallModel } from "../model/call_model";
import { LocalMedia } from "../model/local_media";
import { preferences } from "../model/preferences";
import { cleanRoomName, inventRoomName, roomFromAddress, roomHash } from "../model/room_name";
import { CallScreen } from "./call_screen";
import { EndScreen } from "./end_screen";
import { Lobby } from "./lobby";

export function App({ join }: { join: Join }) {
  const local = useMemo(() => new LocalMedia(), []);
  const [room, setRoom] = useState(() => roomFromAddress(location) ?? inventRoomName(Math.random));
  const [call, setCall] = useState<CallModel | null>(null);

  useEffect(() => {
    const follow = () => {
      const named = roomFromAddress(location);
      if (named) setRoom(named);
      if (call && named !== call.room) void call.leave().then(() => setCall(null));
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, [call]);

  useEffect(() => {
    document.title = call ? `${call.room} · Exedra` : "Exedra";
  }, [call]);

  const enter = (typedRoom: string, name: string) => {
    const cleaned = cleanRoomName(typedRoom);
    preferences.name.value = name;
    const model = new CallModel(cleaned, name, local);
    setRoom(cleaned);
    setCall(model);
    if (roomFromAddress(location) !== cleaned) location.hash = roomHash(cleaned);
    void model.join(join);
  };

  if (!call) return <Lobby key={room} room={room} local={local} onEnter={enter} />;
  if (call.phase.value === "ended") {
    return <EndScreen call={call} onRejoin={() => enter(call.room, call.name)} onLobby={() => setCall(null)} />;
  }
  return <CallScreen call={call} />;
}
