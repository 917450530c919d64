/**
 * What Publisher and Subscriber have in common for a page: a video element, the widget around it unless the page draws its own, and
 * what is told about both. Knows nothing of what plays in it.
 */
import { playbackError } from "../core/playback";
import type { Target } from "./arguments";
import { announce, otError } from "./error";
import { dispatch, OTEventEmitter } from "./eventing";
import { uuid } from "./insertion";
import type * as Api from "./types/opentok-api";
import { createVideo, Widget, type WidgetOptions, type WidgetStyle } from "./widget";

type Appearance = Omit<WidgetOptions, "onMuteClick" | "onUnblockClick" | "onResize">;

export abstract class MediaView extends OTEventEmitter {
  element: HTMLElement | undefined;
  id: string | undefined;
  /** The DOM id, or without a widget one of its own. */
  protected readonly key: string;
  protected readonly widget: Widget | undefined;
  protected readonly video: HTMLVideoElement;
  protected dimensions: Api.Dimensions = { width: 0, height: 0 };

  constructor(target: Target | undefined, appearance: Appearance) {
    super();
    const { kind } = appearance;
    if (appearance.properties.insertDefaultUI !== false) {
      this.widget = new Widget(target, {
        ...appearance,
        onMuteClick: () => this.muteClicked(),
        onUnblockClick: () => this.unblockClicked(),
        onResize: () => this.widgetResized(),
      });
      this.element = this.widget.element;
      this.id = this.element.id;
    }
    this.key = this.id ?? uuid();
    this.video = this.widget?.video ?? createVideo(kind === "publisher");
    this.#watchVideo(kind === "publisher" ? "publish" : "subscribe");
  }

  protected abstract muteClicked(): void;
  protected unblockClicked(): void {}
  protected widgetResized(): void {}
  /** The picture has another size than before. */
  protected pictureResized(): void {}

  setStyle(style: string | WidgetStyle, value?: unknown): this {
    this.widget?.setStyle(typeof style === "string" ? { [style]: value } : style);
    return this;
  }

  videoWidth(): number | undefined {
    return this.video.videoWidth || undefined;
  }

  videoHeight(): number | undefined {
    return this.video.videoHeight || undefined;
  }

  #watchVideo(operation: "publish" | "subscribe"): void {
    this.video.addEventListener("loadeddata", () => {
      if (this.widget) this.widget.loading = false;
    });
    this.video.addEventListener("error", () => {
      const error = playbackError(this.video);
      if (!error) return;
      const form = otError(error, operation);
      announce(form, this);
      if (operation === "subscribe") this.widget?.showError(form.message);
    });
    this.video.addEventListener("resize", () => {
      const { videoWidth: width, videoHeight: height } = this.video;
      const oldValue = this.dimensions;
      if (!width || (oldValue.width === width && oldValue.height === height)) return;
      this.dimensions = { width, height };
      if (oldValue.width) dispatch(this, "videoDimensionsChanged", { oldValue, newValue: this.dimensions });
      this.pictureResized();
    });
  }
}
