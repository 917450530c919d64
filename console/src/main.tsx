import { render } from "preact";
import { effect } from "@preact/signals";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/lobby.css";
import "./style/call.css";
import "./style/tile.css";
import "./style/panel.css";
import "./style/problem.css";
import type { Join } from "./call/call";
import { joinRoom } from "./call/exedra_call";
import { preferences } from "./model/preferences";
import { App } from "./view/app";

async function chooseJoin(): Promise<Join> {
  if (!import.meta.env.DEV) return joinRoom;
  const { sceneFromQuery, rehearse } = await import("./call/rehearsal");
  const scene = sceneFromQuery(new URLSearchParams(location.search));
  return scene ? (invitation, observer) => rehearse(scene, invitation, observer) : joinRoom;
}

effect(() => {
  document.documentElement.dataset.theme = preferences.theme.value;
});

render(<App join={await chooseJoin()} />, document.getElementById("app")!);
