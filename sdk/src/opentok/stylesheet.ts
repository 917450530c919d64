/**
 * The look of the widgets. Class names are a contract, the design is ours. `:where()` keeps specificity at zero, so that any
 * rule of the page wins. Nothing is fetched.
 */

const icon = (path: string) =>
  `url("data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="white" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${path}</svg>`)}")`;

const PERSON = icon('<circle cx="12" cy="8" r="4"/><path d="M4 21c0-4 4-7 8-7s8 3 8 7"/>');
const MICROPHONE = icon('<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>');
const MICROPHONE_OFF = icon('<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3M3 3l18 18"/>');
const SPEAKER = icon('<path d="M4 9v6h4l5 4V5L8 9zM17 9a4 4 0 0 1 0 6"/>');
const SPEAKER_OFF = icon('<path d="M4 9v6h4l5 4V5L8 9zM16 9l6 6M22 9l-6 6"/>');

const CSS = `
:where(.OT_root){position:relative;overflow:hidden;background:#14171c;color:#fff;font:13px/1.4 system-ui,sans-serif;box-sizing:border-box}
:where(.OT_root) :where(*){box-sizing:border-box}
:where(.OT_widget-container){position:absolute;inset:0;overflow:hidden}
:where(.OT_video-element){position:absolute;inset:0;width:100%;height:100%;display:block;object-fit:cover}
:where(.OT_fit-mode-contain .OT_video-element){object-fit:contain}
:where(.OT_mirrored .OT_video-element){transform:scaleX(-1)}
:where(.OT_audio-only .OT_video-element){visibility:hidden}
:where(.OT_video-poster){position:absolute;inset:0;display:none;align-items:center;justify-content:center;font-size:min(3rem,30cqh);
  background:#1d2229 ${PERSON} center/35% 35% no-repeat;opacity:.9}
:where(.OT_video-poster.OT_has-initials){background-image:none}
:where(.OT_audio-only .OT_video-poster){display:flex}
:where(.OT_video-loading){position:absolute;inset:0;display:none}
:where(.OT_loading .OT_video-loading){display:block}
:where(.OT_video-loading)::after{content:"";position:absolute;left:50%;top:50%;width:32px;height:32px;margin:-16px;border-radius:50%;
  border:3px solid #fff4;border-top-color:#fff;animation:OT_spin 1s linear infinite}
@keyframes OT_spin{to{transform:rotate(1turn)}}
@media (prefers-reduced-motion:reduce){:where(.OT_video-loading)::after{animation-duration:4s}}
:where(.OT_edge-bar-item){position:absolute;margin:0;transition:opacity .2s;opacity:0;pointer-events:none}
:where(.OT_edge-bar-item.OT_mode-on){opacity:1;pointer-events:auto}
:where(.OT_bar){left:0;right:0;top:0;height:36px;background:linear-gradient(#000a,#0000)}
:where(.OT_name){left:10px;right:44px;top:7px;font:inherit;font-weight:600;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;text-shadow:0 1px 2px #000}
:where(.OT_mute){right:4px;top:4px;width:28px;height:28px;padding:0;border:0;border-radius:6px;cursor:pointer;
  background:#0006 ${MICROPHONE} center/18px no-repeat;font-size:0;color:transparent}
:where(.OT_mute:focus-visible){outline:2px solid #fff;opacity:1}
:where(.OT_mute.OT_active){background:#c0392b ${MICROPHONE_OFF} center/18px no-repeat}
:where(.OT_subscriber .OT_mute){background:#0006 ${SPEAKER} center/18px no-repeat}
:where(.OT_subscriber .OT_mute.OT_active){background:#c0392b ${SPEAKER_OFF} center/18px no-repeat}
:where(.OT_archiving){left:10px;bottom:8px;font:inherit;font-size:12px;display:flex;gap:6px;align-items:center}
:where(.OT_archiving-light){display:block;width:9px;height:9px;border-radius:50%;background:#777}
:where(.OT_archiving-on .OT_archiving-light){background:#ff4d4d}
:where(.OT_audio-level-meter){position:absolute;right:8px;bottom:8px;width:64px;height:64px;display:none}
:where(.OT_audio-level-meter.OT_mode-on),:where(.OT_audio-only .OT_audio-level-meter.OT_mode-auto){display:block;inset:0;width:auto;height:auto;pointer-events:none}
:where(.OT_audio-level-meter__bar){display:none}
:where(.OT_audio-level-meter__audio-only-img){display:none}
:where(.OT_audio-level-meter__value){position:absolute;left:50%;top:50%;transform:translate(-50%,-50%);border-radius:50%;
  border:2px solid #4cd08a;opacity:.7;transition:width .1s,height .1s}
:where(.OT_video-disabled-indicator){position:absolute;right:8px;bottom:8px;display:none;padding:2px 8px;border-radius:10px;background:#b9770e;font-size:12px}
:where(.OT_video-disabled-indicator.OT_mode-on){display:block}
:where(.OT_audio-blocked){position:absolute;left:50%;top:50%;transform:translate(-50%,-50%);display:none;padding:10px 16px;border:0;border-radius:20px;
  background:#fffd;color:#14171c;font:inherit;font-weight:600;cursor:pointer}
:where(.OT_audio-blocked.OT_mode-on){display:block}
:where(.OT_error-text){position:absolute;inset:0;margin:0;display:flex;align-items:center;justify-content:center;padding:12px;text-align:center;background:#14171ce6}
:where(.OT_micro) :where(.OT_edge-bar-item,.OT_audio-level-meter){display:none}
:where(.OT_mini) :where(.OT_name){font-size:11px}
`;

export function injectStylesheet(root: Document): void {
  if (root.getElementById("OT_stylesheet")) return;
  const style = root.createElement("style");
  style.id = "OT_stylesheet";
  style.textContent = CSS;
  // First in the head: whatever the page brings comes later.
  root.head.prepend(style);
}

const MESSAGE =
  '<div role="alertdialog" aria-label="Browser not supported" style="position:fixed;inset:0;z-index:2147483647;display:flex;align-items:center;justify-content:center;background:#000b;font:16px/1.5 system-ui,sans-serif">' +
  '<p style="max-width:28em;margin:1em;padding:1.5em;border-radius:12px;background:#fff;color:#14171c">This browser cannot make video calls. Please use a current version of Chrome, Edge, Firefox or Safari.</p></div>';

/** The default page of `OT.upgradeSystemRequirements()`. */
export function showUnsupportedBrowser(root: Document): void {
  const box = root.createElement("div");
  box.id = "OT_upgrade";
  box.innerHTML = MESSAGE;
  if (!root.getElementById("OT_upgrade")) root.body.append(box);
}
