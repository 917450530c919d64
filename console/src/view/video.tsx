// A media element that follows its stream. Some browsers start sound only after a gesture: until then the picture plays
// without it, `onBlocked` tells, and `startBlockedSound` makes up for it from inside the gesture.

import { useEffect, useRef } from "preact/hooks";

interface VideoProps {
  media: MediaStream | null;
  label: string;
  muted?: boolean;
  mirrored?: boolean;
  hidden?: boolean;
  speakerId?: string;
  onBlocked?(): void;
}

const blocked = new Set<HTMLVideoElement>();

export function Video({ media, label, muted = false, mirrored = false, hidden = false, speakerId = "", onBlocked }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    const video = element.current!;
    // As an attribute `muted` is only the default; only the property silences an element that exists.
    video.muted = muted;
    if (video.srcObject !== media) video.srcObject = media;
    if (!media) return;
    video.play().then(
      () => blocked.delete(video),
      (error: DOMException) => {
        if (error.name !== "NotAllowedError") return;
        blocked.add(video);
        onBlocked?.();
        video.muted = true;
        video.play().catch(() => undefined);
      },
    );
    return () => void blocked.delete(video);
  }, [media, muted]);

  useEffect(() => {
    const video = element.current!;
    // A speaker that is gone leaves the sound where the system sends it.
    if ("setSinkId" in video && video.sinkId !== speakerId) video.setSinkId(speakerId).catch(() => undefined);
  }, [speakerId]);

  return <video ref={element} class={mirrored ? "mirrored" : undefined} hidden={hidden} aria-label={label} autoplay playsInline disablePictureInPicture />;
}

export async function startBlockedSound(): Promise<void> {
  await Promise.all(
    [...blocked].map(async (video) => {
      video.muted = false;
      await video.play();
      blocked.delete(video);
    }),
  );
}
