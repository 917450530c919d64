// How an existing app moves here: what changes in it, with this server's own address and this room's own project.

import type { CallModel } from "../model/call_model";
import { CopyButton } from "./copy_button";
import { Panel } from "./panel";

export function AppPanel({ call, onClose }: { call: CallModel; onClose(): void }) {
  const { origin } = location;
  const key = call.call.value?.projectId ?? "…";
  const script = `<script src="${origin}/v2/js/opentok.min.js"></script>`;
  const client = `new OpenTok("${key}", secret, { apiUrl: "${origin}" })`;
  return (
    <Panel title="Use it in your app" name="app" onClose={onClose}>
      <p>An app written for OpenTok runs on this server unchanged. Two lines say where the server is.</p>
      <h3>In the page</h3>
      <Swap before={`<script src="https://static.opentok.com/v2/js/opentok.min.js"></script>`} after={script} />
      <h3>In your backend</h3>
      <Swap before={`new OpenTok(apiKey, secret)`} after={client} />
      <dl class="facts">
        <div>
          <dt>API key</dt>
          <dd><code>{key}</code></dd>
        </div>
        <div>
          <dt>API secret</dt>
          <dd>printed by <code>exedra dev</code> when it starts</dd>
        </div>
        <div>
          <dt>This room's session</dt>
          <dd><code class="long">{call.call.value?.sessionId ?? "…"}</code></dd>
        </div>
      </dl>
    </Panel>
  );
}

function Swap({ before, after }: { before: string; after: string }) {
  return (
    <div class="swap">
      <pre data-autofocus tabIndex={0}><del>{before}</del><ins>{after}</ins></pre>
      <CopyButton text={after} label="Copy" />
    </div>
  );
}
