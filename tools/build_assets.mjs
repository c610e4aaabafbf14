// Builds everything that the pages load into build/assets, and the icon set into build/icons.json.
//
// Every *.css and *.js in src/ankang/desks/assets becomes one minified file of the same name (a leading _ marks a part that others import); what a script imports
// is bundled into it. htmx is copied as published, Bootstrap without what no page uses. Nothing is loaded from elsewhere at run time.
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PurgeCSS } from "purgecss";
import { drawIcon } from "./draw_icon.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const target = join(root, "build", "assets");

// The cores of the browsers in the offices (360, WeChat): no nesting, no `oklch`, no optional catch.
const browsers = ["chrome80", "safari13"];

async function own() {
  const folder = join(root, "src/ankang/desks/assets");
  await build({
    entryPoints: readdirSync(folder).filter((name) => /^[^_].*\.(css|js)$/.test(name)).map((name) => join(folder, name)),
    outdir: target, bundle: true, minify: true, target: browsers, legalComments: "none", logLevel: "warning",
    nodePaths: [modules],
    supported: { destructuring: true }, // Safari 13 has it; what esbuild holds against it is a rare form that nobody here writes
  });
}

function published() {
  copyFileSync(join(modules, "htmx.org/dist/htmx.min.js"), join(target, "htmx.js"));
}

// Of Bootstrap's 230 kB the pages use a fifth at most: what no template, form or script names is left out. A telephone would have to
// bring and read it all before it shows anything. A class must stand in the sources as a whole word, never put together.
async function bootstrap() {
  const source = "src/ankang/desks";
  const [{ css }] = await new PurgeCSS().purge({
    css: [join(modules, "bootstrap/dist/css/bootstrap.min.css")],
    content: ["html", "py", "js"].map((ending) => join(root, source, "**", `*.${ending}`)),
    variables: false, keyframes: true, fontFace: true,
  });
  writeFileSync(join(target, "bootstrap.css"), css.replace(/\/\*# sourceMappingURL=.*?\*\//, ""));
}

function icons() {
  const folder = join(modules, "@tabler/icons/icons/outline");
  const set = {};
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".svg"))) {
    const svg = readFileSync(join(folder, name), "utf8").replace(/<!--[\s\S]*?-->/g, "");
    set[basename(name, ".svg")] = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s*\n\s*/g, "").trim();
  }
  writeFileSync(join(root, "build", "icons.json"), JSON.stringify(set));
  return Object.keys(set).length;
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
published();
await bootstrap();
await own();
drawIcon(target);
const count = icons();
console.log(`build/assets: ${readdirSync(target).join(" ")}; build/icons.json: ${count} icons`);
