import type { CallModel } from "../model/call_model";
import { DeviceFields } from "./device_fields";
import { DeviceProblems } from "./device_problems";
import { Panel } from "./panel";

export function DevicesPanel({ call, onClose }: { call: CallModel; onClose(): void }) {
  return (
    <Panel title="Devices" name="devices" onClose={onClose}>
      <DeviceFields local={call.local} />
      <DeviceProblems local={call.local} />
    </Panel>
  );
}
