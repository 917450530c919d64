import { preferences, type Theme } from "../model/preferences";
import { Icon, type IconName } from "./icon";

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const LOOK: Record<Theme, { icon: IconName; label: string }> = {
  auto: { icon: "contrast", label: "Theme: as the system" },
  light: { icon: "sun", label: "Theme: light" },
  dark: { icon: "moon", label: "Theme: dark" },
};

export function ThemeButton() {
  const theme = preferences.theme.value;
  return (
    <button class="quiet" type="button" aria-label={LOOK[theme].label} title={LOOK[theme].label} onClick={() => (preferences.theme.value = NEXT[theme])}>
      <Icon name={LOOK[theme].icon} />
    </button>
  );
}
