import type { CallModel } from "../model/call_model";
import { DeviceFields } from "./device_fields";
import { Panel } from "./panel";
import { ProblemCard } from "./problem_card";

export function DevicesPanel({ call, onClose }: { call: CallModel; onClose(): void }) {
  const inputs = [call.local.microphone.value, call.local.camera.value];
  return (
    <Panel title="Devices" name="devices" onClose={onClose}>
      <DeviceFields local={call.local} />
      {inputs.map(({ kind, problem }) => problem && <ProblemCard key={kind} problem={problem} onRetry={() => void call.local.open(kind)} />)}
    </Panel>
  );
}
