import { useEffect, useRef, useState } from "preact/hooks";
import type { CallModel } from "../model/call_model";
import { Icon } from "./icon";
import { Panel } from "./panel";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function ChatPanel({ call, onClose }: { call: CallModel; onClose(): void }) {
  const [text, setText] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const messages = call.messages.value;

  useEffect(() => {
    list.current?.lastElementChild?.scrollIntoView({ block: "end" });
  }, [messages.length]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const line = text.trim();
    if (line && (await call.send(line))) setText("");
  };

  return (
    <Panel title="Chat" name="chat" onClose={onClose}>
      <div class="messages" ref={list} role="log" aria-label="Messages">
        {messages.length === 0 && <p class="messages-none">Nothing has been said yet. Messages go to everybody in the room and are not kept.</p>}
        {messages.map((message, index) => {
          const continues = messages[index - 1]?.fromId === message.fromId && index > 0;
          return (
            <div key={message.key} class={message.own ? "message message-own" : "message"} data-continues={continues || undefined}>
              {!continues && (
                <p class="message-head">
                  <b>{message.own ? "You" : message.name}</b> <time>{TIME.format(message.at)}</time>
                </p>
              )}
              <p class="message-text">{message.text}</p>
            </div>
          );
        })}
      </div>
      <form class="chat-form" onSubmit={(event) => void submit(event)}>
        <input
          data-autofocus aria-label="Message" placeholder="Message to everybody" autocomplete="off" maxLength={2_000} value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button class="button button-primary" type="submit" aria-label="Send" disabled={!text.trim()}>
          <Icon name="send" />
        </button>
      </form>
    </Panel>
  );
}
