// Figures over time, drawn by uPlot from the data block beside each. The table of the page has the
// same figures: without a script nothing is missing but the picture.

import uPlot from "uplot";

const HEIGHT_PX = 240;
const DASHES = [[], [], [6, 5]]; // a colour never says anything alone
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000];
const PLACES = [1, 2, 5, 7, 10, 14, 28, 56, 91, 182];
const LABEL_PX = 110;
const POINTS_MAX = 40;

function listNames(figure, series) {
  const names = document.createElement("ul");
  names.className = "names";
  for (const { name } of series) {
    const item = document.createElement("li");
    item.textContent = name;
    names.append(item);
  }
  figure.append(names);
}

// Canvases know no custom properties: what the page's own elements have is what there is.
function colourOf(element, property = "color") {
  return getComputedStyle(element)[property];
}

function axis(figure, own) {
  const { fontSize, fontFamily } = getComputedStyle(figure);
  const grid = { stroke: colourOf(figure, "borderTopColor"), width: 1 };
  const stroke = colourOf(figure.querySelector("figcaption"));
  return { stroke, grid, ticks: grid, font: `${fontSize} ${fontFamily}`, ...own };
}

function draw(figure, { labels, series }) {
  const names = [...figure.querySelector(".names").children];
  const options = {
    width: figure.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(high, 1)] } },
    axes: [
      axis(figure, {
        size: 40,
        space: LABEL_PX,
        incrs: PLACES,
        values: (_plot, places) => places.map((place) => labels[place] ?? ""),
      }),
      axis(figure, { size: 64, incrs: STEPS }),
    ],
    series: [
      {},
      ...names.map((item, place) => ({
        stroke: colourOf(item),
        dash: DASHES[place],
        width: 2,
        points: { show: labels.length <= POINTS_MAX },
      })),
    ],
  };
  const values = series.map((one) => one.values);
  const plot = new uPlot(options, [labels.map((_label, place) => place), ...values], figure);
  plot.root.setAttribute("aria-hidden", "true");
  return plot;
}

function start(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  listNames(figure, data.series);
  let plot = draw(figure, data);
  new ResizeObserver(() => plot.setSize({ width: figure.clientWidth, height: HEIGHT_PX })).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    plot.destroy();
    plot = draw(figure, data);
  });
}

document.querySelectorAll("[data-plot]").forEach(start);
