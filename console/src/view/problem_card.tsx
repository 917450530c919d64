// A problem as the server and the SDK explain it: what happened, what each of the three people involved can do, and the
// evidence for it.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { Problem } from "../call/problem";
import { CopyButton } from "./copy_button";
import { Icon } from "./icon";

interface ProblemCardProps {
  problem: Problem;
  onRetry?: (() => void) | undefined;
  onDismiss?: (() => void) | undefined;
  children?: ComponentChildren;
}

const ROLES = [
  { key: "user", label: "You" },
  { key: "developer", label: "Developer" },
  { key: "operator", label: "Operator" },
] as const;

export function ProblemCard({ problem, onRetry, onDismiss, children }: ProblemCardProps) {
  const heading = useId();
  return (
    <div class="problem" role="alert" aria-labelledby={heading}>
      <header class="problem-head">
        <Icon name="warning" />
        <h2 id={heading}>{problem.title}</h2>
        {onDismiss && (
          <button class="quiet" type="button" aria-label="Dismiss" onClick={onDismiss}>
            <Icon name="close" />
          </button>
        )}
      </header>
      <p class="problem-detail"><Prose text={problem.detail} /></p>
      {problem.actions && <Actions actions={problem.actions} />}
      {problem.cause && <Evidence cause={problem.cause} />}
      {children && <p class="problem-note">{children}</p>}
      <footer class="problem-foot">
        {onRetry && (
          <button class="button" type="button" onClick={onRetry}>
            Try again
          </button>
        )}
        <CopyButton text={JSON.stringify(problem, null, 2)} label="Copy report" />
        <a class="problem-code" href={problem.type} target="_blank" rel="noreferrer" title="What it means and what to do, in a new tab">
          About <code>{problem.code}</code>
        </a>
      </footer>
    </div>
  );
}

/** The catalogue's texts mark code with backticks. */
function Prose({ text }: { text: string }) {
  return <>{text.split("`").map((piece, at) => (at % 2 ? <code key={at}>{piece}</code> : piece))}</>;
}

function Actions({ actions }: { actions: NonNullable<Problem["actions"]> }) {
  const [shown, setShown] = useState<(typeof ROLES)[number]["key"]>("user");
  const group = useId();
  return (
    <fieldset class="problem-actions">
      <legend>What to do</legend>
      <div class="segments">
        {ROLES.map(({ key, label }) => (
          <label key={key}>
            <input type="radio" name={group} checked={shown === key} onChange={() => setShown(key)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
      <p aria-live="polite"><Prose text={actions[shown]} /></p>
    </fieldset>
  );
}

function Evidence({ cause }: { cause: NonNullable<Problem["cause"]> }) {
  return (
    <section class="problem-evidence" aria-label="Evidence">
      <h3>
        Evidence{" "}
        <a class="problem-cause" href={`/errors/by-cause#${cause.id}`} target="_blank" rel="noreferrer">
          {cause.id.replaceAll("_", " ")}, {Math.round(cause.confidence * 100)} % sure
        </a>
      </h3>
      <ul>
        {cause.evidence.map(({ who, fact }) => (
          <li key={fact}>
            <b>{who}</b> {fact}
          </li>
        ))}
      </ul>
      {cause.ruled_out.length > 0 && <p>Ruled out: {cause.ruled_out.join(", ")}</p>}
    </section>
  );
}
