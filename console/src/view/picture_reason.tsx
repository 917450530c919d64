// "Why is this picture small?" on a tile: a mark when something is wrong, a plain sentence when somebody asks.

import { useSignal } from "@preact/signals";
import type { CallModel } from "../model/call_model";
import { figures, isTrouble, sentence, type Absence } from "../model/explanation";
import { Icon } from "./icon";

interface PictureReasonProps {
  call: CallModel;
  streamId: string;
  name: string;
  absence: Absence | null;
}

export function PictureReason({ call, streamId, name, absence }: PictureReasonProps) {
  const open = useSignal(false);
  const explanation = call.explanations.value.get(streamId);
  const trouble = explanation !== undefined && isTrouble(explanation, absence);
  const ask = () => {
    open.value = !open.value;
    if (open.value) void call.explain(streamId);
  };
  return (
    <>
      <button
        class="tile-why" type="button" aria-expanded={open.value} aria-label={`Why is the picture of ${name} like this?`} data-trouble={trouble || undefined}
        onClick={ask}
      >
        <Icon name={trouble ? "warning" : "help"} />
      </button>
      {open.value && explanation && (
        <div class="tile-reason" role="status">
          <p>{sentence(explanation, name, absence)}</p>
          {figures(explanation) && <p class="tile-reason-figures">{figures(explanation)}</p>}
        </div>
      )}
    </>
  );
}
