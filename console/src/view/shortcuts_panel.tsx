import { preferences } from "../model/preferences";
import { Panel } from "./panel";
import { SHORTCUTS } from "./shortcuts";

export function ShortcutsPanel({ onClose }: { onClose(): void }) {
  return (
    <Panel title="Keyboard" name="shortcuts" onClose={onClose}>
      <dl class="keys">
        {SHORTCUTS.map(({ key, does }) => (
          <div key={key}>
            <dt><kbd>{key}</kbd></dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox" checked={preferences.shortcuts.value}
          onChange={(event) => (preferences.shortcuts.value = event.currentTarget.checked)}
        />
        <span>Single-key shortcuts. Turn them off if speech input or a screen reader triggers them.</span>
      </label>
    </Panel>
  );
}
