// Pictures of bars: every element with data-bars names the JSON of its figures, which stand in the table under it too.
// Comes after charts.js.
(function () {
"use strict";
const INK = "#46505e", BLUE = "#14508c", PALE = "#8497ab", LINE = "#1b2430";

function value(data, at) {
  const few = (data.few || []).includes(at);
  return { value: data.values[at], itemStyle: { color: few ? PALE : BLUE }, label: { formatter: data.shown[at] } };
}

function average(mark, size) {
  const label = { formatter: mark.words, position: "start", rotate: 0, distance: 4, color: LINE, fontSize: size, fontWeight: 700 };
  return { silent: true, symbol: "none", data: [{ xAxis: mark.value, lineStyle: { color: LINE, width: 1.5, type: "solid" }, label }] };
}

function option(data, width) {
  const size = width < 560 ? 13 : 14, words = { color: INK, fontSize: size };
  const series = {
    type: "bar", barMaxWidth: 26, barMinHeight: 1, data: data.values.map((_, at) => value(data, at)),
    label: { show: true, position: "right", color: LINE, fontSize: size },
  };
  if (data.mark) series.markLine = average(data.mark, size);
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size, color: INK },
    grid: { left: 8, right: 92, top: data.mark ? 24 : 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", minInterval: 1, splitNumber: 4, axisLabel: { ...words, hideOverlap: true }, splitLine: { lineStyle: { color: "#e3e8ee" } } },
    yAxis: { type: "category", data: data.labels, inverse: true, axisTick: { show: false }, axisLine: { lineStyle: { color: "#8a96a3" } }, axisLabel: { ...words, color: LINE, interval: 0 } },
    series: [series],
  };
}

for (const holder of document.querySelectorAll("[data-bars]")) {
  const data = JSON.parse(document.getElementById(holder.dataset.bars).textContent);
  window.echarts.draw(holder, (width) => option(data, width));
}
})();
