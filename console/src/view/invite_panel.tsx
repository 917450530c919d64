import { CopyButton } from "./copy_button";
import { Panel } from "./panel";
import { QrCode } from "./qr_code";
import { useInvitation } from "./invitation";

export function InvitePanel({ room, onClose }: { room: string; onClose(): void }) {
  const { link, reachable, command } = useInvitation(room);
  return (
    <Panel title="Invite" name="invite" onClose={onClose}>
      <p>Whoever opens this link is in the room.</p>
      <p class="link-line">
        <input readOnly value={link} aria-label="Link to the room" onFocus={(event) => event.currentTarget.select()} />
      </p>
      <p data-autofocus tabIndex={-1}>
        <CopyButton text={link} label="Copy link" primary />
      </p>
      {reachable ? (
        <figure class="qr-figure">
          <QrCode text={link} />
          <figcaption>For a phone in the same network. The server's certificate is its own, so the phone asks once whether to trust it.</figcaption>
        </figure>
      ) : (
        <p class="hint">This link works on this machine only. Start the server with its https port open to the network to invite a phone.</p>
      )}
      <h3>Nobody at hand?</h3>
      <p>Let a synthetic participant join, with a moving picture and a tone:</p>
      <div class="command">
        <code>{command}</code>
        <CopyButton text={command} label="Copy" />
      </div>
    </Panel>
  );
}
