// Initials on a mineral colour that stays the same for a name.

const MINERALS = 6;

export function Avatar({ name }: { name: string }) {
  return (
    <span class={`avatar mineral-${mineralOf(name)}`} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

export function mineralOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)!) % 997;
  return sum % MINERALS;
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "";
  const last = words.length > 1 ? words[words.length - 1]! : "";
  return [first, last].map((word) => [...word][0]?.toLocaleUpperCase() ?? "").join("");
}
