import type { CallModel } from "../model/call_model";
import { Avatar } from "./avatar";
import { Icon } from "./icon";
import { Plan } from "./mark";
import { Panel } from "./panel";

export function PeoplePanel({ call, onClose }: { call: CallModel; onClose(): void }) {
  const people = [...call.participants.value.values()].sort((a, b) => a.joinedAt - b.joinedAt);
  const streams = [...call.streams.value.values()];
  const selfId = call.call.value?.selfId;
  return (
    <Panel title={people.length === 1 ? "One person" : `${people.length} people`} name="people" onClose={onClose}>
      <Plan rings={[5, 8, 12]} taken={people.length} class="people-plan" />
      <ul class="people">
        {people.map(({ id, name }) => {
          const own = id === selfId;
          const camera = streams.find(({ participantId, source }) => participantId === id && source === "camera");
          const hasAudio = own ? call.local.microphone.value.state === "on" : (camera?.hasAudio ?? false);
          const hasVideo = own ? call.local.camera.value.state === "on" : (camera?.hasVideo ?? false);
          const sharing = own ? call.ownScreen.value !== null : streams.some(({ participantId, source }) => participantId === id && source === "screen");
          return (
            <li key={id}>
              <Avatar name={name} />
              <span class="people-name">
                {name}
                {own && <small> you</small>}
                {sharing && <small> sharing the screen</small>}
              </span>
              <span class="people-state" role="img" aria-label={`microphone ${hasAudio ? "on" : "off"}, camera ${hasVideo ? "on" : "off"}`}>
                <Icon name={hasAudio ? "microphone" : "microphone-off"} />
                <Icon name={hasVideo ? "camera" : "camera-off"} />
              </span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
