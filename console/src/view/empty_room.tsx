// What one sees while nobody else is there: how to change that.

import { CopyButton } from "./copy_button";
import { useInvitation } from "./invitation";
import { Plan } from "./mark";
import { QrCode } from "./qr_code";

export function EmptyRoom({ room }: { room: string }) {
  const { link, reachable, command } = useInvitation(room);
  return (
    <section class="empty" aria-label="Nobody else is here yet">
      <Plan rings={[5, 8, 12]} taken={1} class="empty-plan" />
      <h2>You are the first one here.</h2>
      <div class="empty-way">
        <p>
          Send somebody the link{reachable && <span class="empty-code">, or hold a phone in front of the code</span>}.
        </p>
        {reachable && <QrCode text={link} />}
        <CopyButton text={link} label="Copy link" primary />
      </div>
      <div class="empty-way">
        <p>Or let a synthetic participant join from a terminal:</p>
        <div class="command">
          <code>{command}</code>
          <CopyButton text={command} label="Copy" />
        </div>
      </div>
    </section>
  );
}
