// The chart of the town's dashboard: people a day (bulk in grey) against the pace needed, and the sum with its forecast.
// Comes after charts.js. Its figures stand in #chart-data as JSON; the same figures stand in the table under it.
(function () {
"use strict";
const INK = "#46505e", BLUE = "#14508c", RED = "#a01818", PALE = "#bcd0e5", GREY = "#8497ab", LINE = "#1b2430";
const holder = document.getElementById("chart");
const source = document.getElementById("chart-data");

const shown = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const empty = (count) => Array(count).fill(null);

function layout(width) {
  const narrow = width < 560, left = Math.round((width - 40) * 0.53);
  return narrow
    ? { size: 13, narrow, grids: [{ left: 50, right: 10, top: 34, height: 190 }, { left: 56, right: 12, top: 300, height: 200 }] }
    : { size: 14, narrow, grids: [{ left: 52, width: left - 52, top: 34, bottom: 26 }, { left: left + 82, right: 18, top: 34, bottom: 26 }] };
}

function ticks(count, wanted) {
  const every = Math.max(1, Math.ceil((count - 1) / wanted));
  return (index) => index === count - 1 || (index % every === 0 && count - 1 - index >= every * 0.7);
}

function bars(data) {
  const past = data.single.length, left = data.labels.length - past, ahead = data.forecast !== null;
  // Holidays bring nobody and ask for nobody.
  const coming = (value) => empty(past).concat(Array.from({ length: left }, (_, at) => (data.off.includes(past + at) ? null : value)));
  const series = [
    { name: "当天新增", type: "bar", stack: "day", data: data.single.concat(empty(left)), itemStyle: { color: BLUE }, barCategoryGap: "22%" },
    { name: "批量导入", type: "bar", stack: "day", data: data.bulk.concat(empty(left)), itemStyle: { color: GREY } },
  ];
  if (ahead) series.push({ name: "推算每天", type: "bar", stack: "day", data: coming(data.average), itemStyle: { color: PALE } });
  if (data.required !== null && left) series.push({ name: "每天需要", type: "line", data: coming(data.required), symbol: "none", lineStyle: { color: RED, width: 2.5 }, itemStyle: { color: RED } });
  return series;
}

function label(text, color, position, size, more) {
  return Object.assign({ show: true, formatter: text, position, color, fontSize: size, fontWeight: 700 }, more);
}

function point(coord, words) {
  return { silent: true, symbol: "circle", symbolSize: 0.1, data: [{ coord, label: words }] };
}

function nameBulk(series, data, size) {
  const most = Math.max(...data.bulk, 0);
  if (!most) return;
  const day = data.bulk.indexOf(most), height = most + data.single[day];
  const side = day > data.labels.length / 2 ? "left" : "right";
  series[1].markPoint = point([data.labels[day], height], label(`批量 ${shown(most)}`, INK, side, size, { fontWeight: 400, distance: 8 }));
}

function namePace(series, data, size) {
  const needed = series.find((one) => one.name === "每天需要");
  if (!needed || !data.forecast) return;
  const middle = data.labels[Math.floor((data.single.length + data.labels.length - 1) / 2)];
  const rich = { a: { color: RED, fontWeight: 700, fontSize: size, lineHeight: 20 }, b: { color: BLUE, fontWeight: 700, fontSize: size, lineHeight: 20 } };
  const words = label(`{a|每天需 ${shown(data.required)}}\n{b|近7天均 ${shown(data.average)}}`, RED, "top", size, { rich, distance: 6 });
  needed.markPoint = point([middle, Math.max(data.required, data.average)], words);
}

function sums(data, size, narrow) {
  const zoom = data.zoom, past = data.people.length, length = data.labels.length;
  const on = { xAxisIndex: 1, yAxisIndex: 1, type: "line", symbol: "none" };
  const last = data.people[past - 1];
  const series = [];
  if (data.forecast) {
    const ahead = (way) => empty(past - 1 - zoom).concat(way);
    const low = data.forecast.low, high = data.forecast.high, people = data.forecast.people;
    const end = people[people.length - 1];
    series.push(
      { ...on, name: "下限", stack: "range", data: ahead(low), lineStyle: { opacity: 0 }, silent: true },
      { ...on, name: "区间", stack: "range", data: ahead(high.map((value, at) => value - low[at])), lineStyle: { opacity: 0 }, areaStyle: { color: BLUE, opacity: 0.15 }, silent: true },
      { ...on, name: "推算累计", data: ahead(people), lineStyle: { color: BLUE, width: 2.5, type: [8, 4] }, itemStyle: { color: BLUE },
        markPoint: { silent: true, symbol: "circle", symbolSize: 9, itemStyle: { color: BLUE }, data: [{ coord: [data.labels[length - 1], end], label: label(`推算 ${shown(end)}`, BLUE, "bottom", size, { align: "right", offset: [6, narrow ? 22 : 30] }) }] } },
    );
    if (data.required !== null) {
      series.push({ ...on, name: `到${data.percent}%该走的线`, data: ahead(data.forecast.need), lineStyle: { color: RED, width: 2, type: [3, 3] }, itemStyle: { color: RED } });
    }
  }
  series.push({ ...on, name: "实际累计", data: data.people.slice(zoom).concat(empty(length - past)), lineStyle: { color: BLUE, width: 3.5 }, itemStyle: { color: BLUE },
    markPoint: { silent: true, symbol: "circle", symbolSize: 9, itemStyle: { color: BLUE }, data: [{ coord: [data.labels[past - 1], last], label: label(`${data.labels[past - 1]} ${shown(last)}`, BLUE, length === past ? "left" : "bottom", size, { offset: [length === past ? 0 : 24, 6] }) }] },
    markLine: { silent: true, symbol: "none", data: [{ yAxis: data.line, lineStyle: { color: LINE, width: 1.5, type: "solid" }, label: { formatter: `${data.percent}%线 ${shown(data.line)}`, position: "insideStartTop", color: LINE, fontWeight: 700, fontSize: size } }] } });
  return series;
}

function option(data, width) {
  const place = layout(width), size = place.size, narrow = place.narrow, grids = place.grids;
  const days = bars(data), axis = { axisTick: { show: false }, axisLine: { lineStyle: { color: "#8a96a3" } }, splitLine: { lineStyle: { color: "#e3e8ee" } } };
  nameBulk(days, data, size);
  namePace(days, data, size);
  const zoomed = data.labels.slice(data.zoom);
  const title = (name) => ({ name, nameGap: 12, nameTextStyle: { color: INK, align: "left", fontSize: size, fontWeight: 600, padding: [0, 0, 0, -46] } });
  const words = { color: INK, fontSize: size };
  const floor = data.axis.floor, ceiling = data.axis.ceiling, step = data.axis.step;
  return {
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: size, color: INK },
    grid: grids,
    xAxis: [
      { ...axis, type: "category", data: data.labels, gridIndex: 0, axisLabel: { ...words, interval: ticks(data.labels.length, narrow ? 4 : 6), hideOverlap: true } },
      { ...axis, type: "category", data: zoomed, gridIndex: 1, boundaryGap: false, axisLabel: { ...words, interval: ticks(zoomed.length, 4), alignMaxLabel: "right", hideOverlap: true } },
    ],
    yAxis: [
      { ...axis, ...title("每天新增（人）"), gridIndex: 0, minInterval: 1, splitNumber: 3, axisLabel: { ...words, formatter: shown } },
      { ...axis, ...title(floor ? `累计（人），从${shown(floor)}起` : "累计（人）"), gridIndex: 1, min: floor, max: ceiling, interval: step, axisLabel: { ...words, formatter: shown } },
    ],
    tooltip: { trigger: "axis", renderMode: "richText", textStyle: { fontSize: 14 } },
    series: days.concat(sums(data, size, narrow)),
  };
}

if (holder && source) {
  const data = JSON.parse(source.textContent);
  window.echarts.draw(holder, (width) => option(data, width));
}
})();
