import type { Notice } from "../model/call_model";

/** Comings and goings, shown for a moment and read aloud. */
export function Notices({ notices }: { notices: readonly Notice[] }) {
  return (
    <ul class="notices" aria-live="polite" aria-label="Events">
      {notices.map(({ key, text }) => <li key={key}>{text}</li>)}
    </ul>
  );
}
