// What is wrong with camera and microphone; once, when it is the same for both.

import type { ComponentChildren } from "preact";
import type { LocalMedia } from "../model/local_media";
import { ProblemCard } from "./problem_card";

export function DeviceProblems({ local, children }: { local: LocalMedia; children?: ComponentChildren }) {
  const audio = local.microphone.value.problem;
  const video = local.camera.value.problem;
  if (audio && audio === video) {
    return <ProblemCard problem={audio} onRetry={() => void local.start()}>{children}</ProblemCard>;
  }
  return (
    <>
      {video && <ProblemCard problem={video} onRetry={() => void local.open("video")}>{children}</ProblemCard>}
      {audio && <ProblemCard problem={audio} onRetry={() => void local.open("audio")}>{children}</ProblemCard>}
    </>
  );
}
