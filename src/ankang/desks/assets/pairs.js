// Pairs of bars: what each group gets before and after. Comes after charts.js. Every [data-pairs] names the id of its
// figures (JSON, fen); the same figures stand in the table under it.
(function () {
"use strict";
const INK = "#46505e", BLUE = "#14508c", GREY = "#8497ab";
const yuan = (fen) => (fen / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d)\.)/g, ",");
const short = (fen) => (Math.abs(fen) >= 1000000 ? `${fen / 1000000}万` : String(fen / 100));

function option(data, width) {
  const narrow = width < 560, size = narrow ? 13 : 14, words = { color: INK, fontSize: size };
  const bar = (name, values, color) => ({ name, type: "bar", data: values, itemStyle: { color }, barMaxWidth: 14, barGap: "10%" });
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size, color: INK },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 14, textStyle: words, data: ["原方案", "改后"] },
    grid: { left: 4, right: 24, top: 34, bottom: 4, containLabel: true },
    xAxis: { type: "value", name: "元", nameTextStyle: words, splitNumber: narrow ? 3 : 6, axisLabel: { ...words, formatter: short, hideOverlap: true }, splitLine: { lineStyle: { color: "#e3e8ee" } } },
    yAxis: { type: "category", inverse: true, data: data.names, axisTick: { show: false }, axisLabel: words, axisLine: { lineStyle: { color: "#8a96a3" } } },
    tooltip: { trigger: "axis", renderMode: "richText", textStyle: { fontSize: 14 }, valueFormatter: (fen) => `${yuan(fen)} 元` },
    series: [bar("原方案", data.before, GREY), bar("改后", data.after, BLUE)],
  };
}

document.querySelectorAll("[data-pairs]").forEach((holder) => {
  const data = JSON.parse(document.getElementById(holder.dataset.pairs).textContent);
  holder.style.height = `${70 + 42 * data.names.length}px`;
  window.echarts.draw(holder, (width) => option(data, width));
});
})();
