/** The element a page sees of a Publisher or Subscriber: structure, state classes, controls. Knows no media logic. */
import type { Target } from "./arguments";
import { insertWidget } from "./insertion";
import { injectStylesheet } from "./stylesheet";
import type { PublisherStyle, SubscriberStyle, WidgetProperties } from "./types/opentok-api";

export type WidgetStyle = Partial<PublisherStyle & SubscriberStyle>;
type Mode = "auto" | "on" | "off";

export interface WidgetOptions {
  kind: "publisher" | "subscriber";
  properties: WidgetProperties;
  style: WidgetStyle;
  name: string;
  initials: string;
  mirror: boolean;
  fitMode: "cover" | "contain";
  onMuteClick(): void;
  onUnblockClick(): void;
  onResize(): void;
}

const DEFAULT_STYLE: Required<WidgetStyle> = {
  nameDisplayMode: "auto",
  buttonDisplayMode: "auto",
  audioLevelDisplayMode: "auto",
  videoDisabledDisplayMode: "auto",
  audioBlockedDisplayMode: "auto",
  archiveStatusDisplayMode: "auto",
  backgroundImageURI: "",
};
const VALUES: Record<string, readonly string[]> = { archiveStatusDisplayMode: ["auto", "off"] };
const MODES = ["auto", "on", "off"];
/** `auto` controls are shown this long at first. */
const FIRST_SHOWN_MS = 3_000;
const ARCHIVE_STOPPED_SHOWN_MS = 5_000;
/** Below these widths controls shrink or hide. */
const MINI_PX = 128;
const MICRO_PX = 64;

export class Widget {
  readonly element: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly #kind: WidgetOptions["kind"];
  readonly #style: Required<WidgetStyle> = { ...DEFAULT_STYLE };
  readonly #parts: Record<"poster" | "bar" | "name" | "mute" | "archiving" | "archiveStatus" | "meter" | "meterValue" | "videoDisabled" | "unblock", HTMLElement>;
  readonly #showControls: boolean;
  readonly #resize: ResizeObserver | undefined;
  #hovered = false;
  #fresh = true;
  #videoDisabled = false;
  #audioBlocked = false;
  #archiving: "never" | "on" | "justStopped" | "off" = "never";

  constructor(target: Target | undefined, options: WidgetOptions) {
    const { kind, properties } = options;
    this.#kind = kind;
    this.#showControls = properties.showControls !== false;
    injectStylesheet(document);
    const element = (this.element = insertWidget(target, properties.insertMode));
    element.classList.add("OT_root", `OT_${kind}`, "OT_loading", `OT_fit-mode-${options.fitMode}`);
    element.classList.toggle("OT_mirrored", options.mirror);
    element.style.width = cssLength(properties.width ?? 264);
    element.style.height = cssLength(properties.height ?? 198);
    element.style.overflow = "hidden";
    this.video = createVideo(kind === "publisher");
    this.video.classList.add("OT_video-element");

    const container = create("div", "OT_widget-container");
    const poster = create("div", "OT_video-poster");
    container.append(poster, this.video, create("div", "OT_video-loading"));
    const mute = create("button", "OT_mute OT_edge-bar-item", "Mute");
    mute.setAttribute("type", "button");
    mute.setAttribute("aria-label", kind === "publisher" ? "Mute microphone" : "Mute sound");
    mute.addEventListener("click", () => options.onMuteClick());
    const archiving = create("h1", "OT_archiving OT_edge-bar-item OT_edge-bottom OT_archiving-off");
    const light = create("span", "OT_archiving-light-box");
    light.append(create("span", "OT_archiving-light"));
    const archiveStatus = create("span", "OT_archiving-status");
    archiving.append(light, archiveStatus);
    const meter = create("div", "OT_audio-level-meter");
    const meterValue = create("div", "OT_audio-level-meter__value");
    meter.append(create("div", "OT_audio-level-meter__bar"), create("div", "OT_audio-level-meter__audio-only-img"), meterValue);
    const videoDisabled = create("div", "OT_video-disabled-indicator", "Video off: weak network");
    const unblock = create("button", "OT_audio-blocked", "Click to hear");
    unblock.setAttribute("type", "button");
    unblock.addEventListener("click", () => options.onUnblockClick());
    this.#parts = { poster, bar: create("div", "OT_bar OT_edge-bar-item"), name: create("h1", "OT_name OT_edge-bar-item", options.name), mute, archiving, archiveStatus, meter, meterValue, videoDisabled, unblock };
    element.append(container, this.#parts.bar, this.#parts.name, mute, archiving, meter, videoDisabled, unblock);

    poster.textContent = options.initials;
    poster.classList.toggle("OT_has-initials", options.initials !== "");
    this.setStyle(options.style);
    for (const [event, hovered] of [["mouseenter", true], ["mouseleave", false]] as const) {
      element.addEventListener(event, () => {
        this.#hovered = hovered;
        this.#showParts();
      });
    }
    setTimeout(() => {
      this.#fresh = false;
      this.#showParts();
    }, FIRST_SHOWN_MS);
    this.#resize = typeof ResizeObserver === "undefined" ? undefined : new ResizeObserver(() => {
      this.#fit();
      options.onResize();
    });
    this.#resize?.observe(element);
  }

  get style(): Required<WidgetStyle> {
    return { ...this.#style };
  }

  /** Unknown names and values are ignored. */
  setStyle(style: WidgetStyle): void {
    for (const [name, value] of Object.entries(style)) {
      if (name === "backgroundImageURI") {
        this.#style.backgroundImageURI = String(value);
        this.#parts.poster.style.backgroundImage = value ? `url("${imageUrl(String(value))}")` : "";
        this.#parts.poster.style.backgroundSize = value ? "cover" : "";
      } else if (name in DEFAULT_STYLE && (VALUES[name] ?? MODES).includes(String(value))) {
        (this.#style as Record<string, unknown>)[name] = value;
      }
    }
    this.#showParts();
  }

  set loading(loading: boolean) {
    this.element.classList.toggle("OT_loading", loading);
  }

  set audioOnly(audioOnly: boolean) {
    this.element.classList.toggle("OT_audio-only", audioOnly);
  }

  get audioOnly(): boolean {
    return this.element.classList.contains("OT_audio-only");
  }

  set muted(muted: boolean) {
    this.#parts.mute.classList.toggle("OT_active", muted);
    this.#parts.mute.textContent = muted ? "Unmute" : "Mute";
    this.#parts.mute.setAttribute("aria-pressed", String(muted));
  }

  set mirrored(mirrored: boolean) {
    this.element.classList.toggle("OT_mirrored", mirrored);
  }

  set videoDisabledShown(shown: boolean) {
    this.#videoDisabled = shown;
    this.#showParts();
  }

  set audioBlocked(blocked: boolean) {
    this.#audioBlocked = blocked;
    this.#showParts();
  }

  /** 0 to 1. */
  set audioLevel(level: number) {
    const shorter = Math.min(this.element.clientWidth || 264, this.element.clientHeight || 198);
    // Loudness is heard logarithmically; speech lies between 0.01 and 0.3.
    const shown = Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level, 1e-3)) / 2.4));
    const size = `${Math.round(shorter * (0.3 + 1.2 * shown))}px`;
    this.#parts.meterValue.style.width = this.#parts.meterValue.style.height = size;
  }

  get meterShown(): boolean {
    return this.#style.audioLevelDisplayMode === "on" || (this.#style.audioLevelDisplayMode === "auto" && this.audioOnly);
  }

  set archiving(on: boolean) {
    this.#archiving = on ? "on" : "justStopped";
    this.#parts.archiving.classList.toggle("OT_archiving-on", on);
    this.#parts.archiving.classList.toggle("OT_archiving-off", !on);
    this.#parts.archiveStatus.textContent = on ? "Recording" : "Recording stopped";
    if (!on) {
      setTimeout(() => {
        if (this.#archiving === "justStopped") this.#archiving = "off";
        this.#showParts();
      }, ARCHIVE_STOPPED_SHOWN_MS);
    }
    this.#showParts();
  }

  /** In device pixels. */
  get pictureSize(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.element;
    return { width: clientWidth * devicePixelRatio, height: clientHeight * devicePixelRatio };
  }

  showError(text: string): void {
    this.element.querySelector(".OT_error-text")?.remove();
    const message = create("p", "OT_error-text", text);
    message.setAttribute("role", "alert");
    this.element.append(message);
    this.element.classList.remove("OT_loading");
  }

  remove(): void {
    this.#resize?.disconnect();
    this.video.srcObject = null;
    this.element.remove();
  }

  #fit(): void {
    const { clientWidth } = this.element;
    this.element.classList.toggle("OT_micro", clientWidth > 0 && clientWidth < MICRO_PX);
    this.element.classList.toggle("OT_mini", clientWidth >= MICRO_PX && clientWidth < MINI_PX);
  }

  /** Gives each control the class of its mode; in `auto` that is `OT_mode-on` for as long as it is shown. */
  #showParts(): void {
    const { bar, name, mute, archiving, meter, videoDisabled, unblock } = this.#parts;
    const style = this.#style;
    const passing = this.#hovered || this.#fresh;
    const show = (part: HTMLElement, mode: Mode, shownNow: boolean) => {
      const effective = !this.#showControls ? "off" : mode === "auto" && shownNow ? "on" : mode;
      part.classList.remove("OT_mode-auto", "OT_mode-on", "OT_mode-off");
      part.classList.add(`OT_mode-${effective}`);
    };
    show(name, style.nameDisplayMode, passing && name.textContent !== "");
    show(mute, style.buttonDisplayMode, passing);
    show(bar, style.nameDisplayMode === "on" || style.buttonDisplayMode === "on" ? "on" : "auto", passing);
    show(archiving, style.archiveStatusDisplayMode, this.#kind === "publisher" && (this.#archiving === "on" || this.#archiving === "justStopped"));
    show(meter, style.audioLevelDisplayMode, false);
    show(videoDisabled, style.videoDisabledDisplayMode, this.#videoDisabled);
    show(unblock, style.audioBlockedDisplayMode, this.#audioBlocked);
  }
}

export function createVideo(muted: boolean): HTMLVideoElement {
  const video = document.createElement("video");
  video.autoplay = true;
  video.playsInline = true;
  video.setAttribute("playsinline", "");
  video.muted = muted;
  return video;
}

/** PNG of the current picture as base64, without the `data:` prefix. */
export function pictureOf(video: HTMLVideoElement | undefined): string | null {
  if (!video || video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return canvas.toDataURL("image/png").replace(/^data:image\/png;base64,/, "");
}

function create(tag: string, classes: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = classes;
  element.textContent = text;
  return element;
}

function cssLength(value: string | number): string {
  return typeof value === "number" || /^\d+(\.\d+)?$/.test(value) ? `${value}px` : value;
}

/** Pages pass URLs, `data:` URLs, and the bare base64 of `getImgData()`. */
function imageUrl(value: string): string {
  const bareBase64 = /^[A-Za-z0-9+/=\s]{100,}$/.test(value);
  return (bareBase64 ? `data:image/png;base64,${value.trim()}` : value).replace(/["\\\n]/g, encodeURIComponent);
}
