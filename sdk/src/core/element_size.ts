/** How large an element shows a picture, in device pixels, told when it has stopped changing. */

/** Windows are resized in many small steps. */
const SETTLES_MS = 300;

export interface Size {
  width: number;
  height: number;
}

/** Tells the size now and after each change, until the returned function is called. An element that is not shown has none. */
export function watchSize(element: Element, tell: (size: Size | undefined) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const { width, height } = element.getBoundingClientRect();
    const shown = width > 0 && height > 0;
    tell(shown ? { width: Math.round(width * devicePixelRatio), height: Math.round(height * devicePixelRatio) } : undefined);
  };
  const observer = new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLES_MS);
  });
  observer.observe(element);
  look();
  return () => {
    clearTimeout(timer);
    observer.disconnect();
  };
}
