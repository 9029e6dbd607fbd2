"use strict";
// Reads a plot off under the pointer; everything it says stands in the page already.
for (const svg of document.querySelectorAll("svg[data-read]")) {
  const rows = svg.dataset.read.split("\n").filter(Boolean).map((row) => {
    const [x, words] = row.split("\t");
    return { x: Number(x), words };
  });
  if (!rows.length) continue;
  const figure = svg.closest("figure");
  let shown = null;
  let cursor = null;
  svg.addEventListener("pointermove", (event) => {
    const box = svg.viewBox.baseVal;
    const frame = svg.getBoundingClientRect();
    const at = ((event.clientX - frame.left) / frame.width) * box.width;
    const row = rows.reduce((a, b) => (Math.abs(b.x - at) < Math.abs(a.x - at) ? b : a));
    if (!shown) {
      shown = document.createElement("output");
      shown.className = "read";
      figure.append(shown);
      cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
      cursor.setAttribute("class", "cursor");
      cursor.setAttribute("y1", "20");
      cursor.setAttribute("y2", String(box.height - 40));
      svg.append(cursor);
    }
    cursor.setAttribute("x1", String(row.x));
    cursor.setAttribute("x2", String(row.x));
    shown.textContent = row.words;
  });
  svg.addEventListener("pointerleave", () => {
    if (shown) {
      shown.remove();
      cursor.remove();
      shown = cursor = null;
    }
  });
}
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details:not(.screen)")) folded.open = true;
});
