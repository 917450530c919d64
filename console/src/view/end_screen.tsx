// After the call: goodbye, or what went wrong.

import type { CallModel } from "../model/call_model";
import { Plan, Wordmark } from "./mark";
import { ProblemCard } from "./problem_card";
import { ThemeButton } from "./theme_button";

interface EndScreenProps {
  call: CallModel;
  onRejoin(): void;
  onLobby(): void;
}

export function EndScreen({ call, onRejoin, onLobby }: EndScreenProps) {
  const { problem, reason } = call.endedBy.value!;
  return (
    <div class="lobby end">
      <header class="lobby-head">
        <Wordmark />
        <ThemeButton />
      </header>
      <main class="end-main">
        {problem ? (
          <ProblemCard problem={problem} onRetry={onRejoin} />
        ) : (
          <>
            <h1>{reason === "forceDisconnected" ? "A moderator ended your call." : `You left ${call.room}.`}</h1>
            <p class="lead">The room stays where it is; its link keeps working.</p>
          </>
        )}
        <p class="end-ways">
          {!problem && (
            <button class="button button-primary" type="button" autofocus onClick={onRejoin}>
              Return to the room
            </button>
          )}
          <button class="button" type="button" onClick={onLobby}>
            To the start
          </button>
        </p>
      </main>
      <Plan rings={[7, 11, 15, 19, 23]} class="lobby-plan" />
    </div>
  );
}
