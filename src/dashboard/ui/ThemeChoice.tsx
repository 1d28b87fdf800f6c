import { useState } from "react";
import { chooseTheme, currentTheme, THEMES } from "./theme.ts";

export function ThemeChoice() {
  const [chosen, setChosen] = useState(currentTheme);
  return (
    <select
      aria-label="Colours"
      value={chosen}
      onChange={({ target }) => {
        const theme = THEMES.find((each) => each === target.value) ?? "system";
        setChosen(theme);
        chooseTheme(theme);
      }}
    >
      {THEMES.map((theme) => (
        <option key={theme}>{theme}</option>
      ))}
    </select>
  );
}
