(() => {
  "use strict";
  const charts = [...document.querySelectorAll("svg.chart")];
  const clock = (t) => {
    const s = Math.max(0, Math.round(t)), p = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${p(m)}:${p(s % 60)}` : `${m}:${p(s % 60)}`;
  };
  const readouts = [...document.querySelectorAll("figure")].map((figure) => {
    const table = figure.querySelector("details table");
    if (!table) return null;
    const out = document.createElement("p");
    out.className = "readout";
    out.setAttribute("aria-hidden", "true");
    figure.querySelector("details").before(out);
    const head = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows].map((row) => [
      Number(row.dataset.t), [...row.cells].slice(1).map((cell) => cell.textContent)]);
    const until = Number(table.dataset.until ?? Infinity);
    return { out, head, rows, until };
  }).filter(Boolean);
  const at = (rows, t) => {
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle][0] <= t) low = middle + 1; else high = middle;
    }
    return low ? rows[low - 1][1] : null;
  };
  const show = (t) => {
    for (const svg of charts) {
      const d = svg.dataset, line = svg.querySelector(".cursor");
      const share = (t - d.from) / (d.to - d.from);
      const x = Number(d.left) + share * (d.right - d.left);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.setAttribute("visibility", "visible");
    }
    for (const { out, head, rows, until } of readouts) {
      const values = t < until ? at(rows, t) : null;
      out.textContent = clock(t) + (values
        ? "   " + values.map((value, n) => `${head[n + 1]}: ${value}`).join("   ") : "");
    }
  };
  const hide = () => {
    for (const svg of charts) svg.querySelector(".cursor").setAttribute("visibility", "hidden");
    for (const { out } of readouts) out.textContent = "";
  };
  for (const svg of charts) {
    const showUnderPointer = (event) => {
      const box = svg.getBoundingClientRect(), d = svg.dataset;
      const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      const share = (x - d.left) / (d.right - d.left);
      if (share < 0 || share > 1) { hide(); return; }
      show(Number(d.from) + share * (d.to - d.from));
    };
    svg.addEventListener("pointermove", showUnderPointer);
    svg.addEventListener("pointerdown", showUnderPointer); // a tap; a drag scrolls the chart
    svg.addEventListener("pointerleave", hide);
  }
})();
