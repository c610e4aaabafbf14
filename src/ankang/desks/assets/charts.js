// ECharts with the parts that our pages draw with, as `window.echarts`. SVG: it prints sharp and needs no canvas.
// Under our content policy a tooltip must be drawn, not written as HTML: give `tooltip: {renderMode: "richText"}`.
import { BarChart, LineChart } from "echarts/charts";
import {
  GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, TooltipComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([
  BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, TooltipComponent,
  SVGRenderer,
]);

// Draw `option(width)` into an element (hidden until there is something to draw), again whenever its width changes; the viewBox lets it scale on paper.
function draw(element, option) {
  element.hidden = false;
  const chart = echarts.init(element, null, { renderer: "svg" });
  const paint = () => {
    if (window.matchMedia("print").matches) return;  // the drawing of the screen is scaled onto the paper
    chart.resize();
    chart.setOption({ animation: false, ...option(element.clientWidth) }, true);
    const svg = element.querySelector("svg");
    svg.setAttribute("viewBox", `0 0 ${element.clientWidth} ${element.clientHeight}`);
    svg.setAttribute("aria-hidden", "true");
  };
  paint();
  window.addEventListener("resize", paint);
  return chart;
}

window.echarts = { init: echarts.init, draw };
