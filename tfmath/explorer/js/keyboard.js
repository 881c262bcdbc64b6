// The page without a mouse: arrows walk in a table, Enter chooses, Escape closes.

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// now: {choose: (td) => …, close: () => …}
export const listenToKeys = (now) => {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return now.close();
    const pressed = event.key === "Enter" || event.key === " ";
    const part = event.target.closest?.("g[role=button]");
    if (part && pressed) return done(event, () => part.dispatchEvent(new MouseEvent("click")));
    const cell = event.target.closest?.("td.number");
    if (!cell || event.altKey || event.metaKey) return undefined;
    if (pressed) return done(event, () => now.choose(cell));
    const next = neighbour(cell, event);
    return next ? done(event, () => focusCell(next)) : undefined;
  });
};

const done = (event, act) => {
  event.preventDefault();
  act();
};

const neighbour = (cell, { key, ctrlKey }) => {
  const rows = [...cell.closest("tbody").rows].map((row) => [...row.querySelectorAll("td.number")]);
  const i = rows.findIndex((row) => row.includes(cell));
  const j = rows[i].indexOf(cell);
  if (key in STEPS) return rows[i + STEPS[key][0]]?.[j + STEPS[key][1]];
  if (key === "Home") return (ctrlKey ? rows[0] : rows[i])[0];
  return key === "End" ? (ctrlKey ? rows.at(-1) : rows[i]).at(-1) : null;
};

// One cell of each table can be reached by Tab: the one that was last in use.
export const focusCell = (cell, look = {}) => {
  for (const other of cell.closest("table").querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus(look);
};
