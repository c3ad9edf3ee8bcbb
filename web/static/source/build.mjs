// Builds what the browser gets from the pinned packages, into ../files, and
// writes the hash of everything it was made from beside it.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync, copyFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const out = "../files";
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const { css } = sass.compile("scss/forthwith.scss", { style: "compressed", loadPaths: ["node_modules"], quietDeps: true });
writeFileSync(`${out}/forthwith.css`, css);

await esbuild.build({ entryPoints: ["forthwith.js"], bundle: true, minify: true, format: "iife", target: "es2020", outfile: `${out}/forthwith.js`, legalComments: "none" });
copyFileSync("node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", `${out}/inter.woff2`);
copyFileSync("icon.svg", `${out}/icon.svg`);

for (const name of ["forthwith.css", "forthwith.js", "icon.svg"]) {
  writeFileSync(`${out}/${name}.gz`, gzipSync(readFileSync(`${out}/${name}`), { level: 9 }));
}

// The licences of what was built in, as they ask.
const built = ["govuk-frontend", "htmx.org", "htmx-ext-sse", "@fontsource-variable/inter"];
const licence = (name) => {
  const file = readdirSync(`node_modules/${name}`).find((found) => /^licen[cs]e/i.test(found));
  return readFileSync(file ? `node_modules/${name}/${file}` : `licences/${name}.txt`, "utf8").trim();
};
const notices = built.map((name) => `${name}\n\n${licence(name)}\n`);
writeFileSync(`${out}/licences.txt`, notices.join("\n---\n\n"));
copyFileSync("node_modules/axe-core/axe.min.js", "../../e2e/testdata/axe.min.js");
writeFileSync("../../e2e/testdata/axe.min.js.gz", gzipSync(readFileSync("../../e2e/testdata/axe.min.js"), { level: 9 }));
rmSync("../../e2e/testdata/axe.min.js");

// The same list of files and the same sum are made by the test in static.
const sources = ["build.mjs", "forthwith.js", "icon.svg", "package-lock.json", "package.json", ...readdirSync("scss").map((name) => `scss/${name}`)].sort();
const sum = createHash("sha256");
for (const name of sources) sum.update(`${name}\n`).update(readFileSync(name));
writeFileSync(`${out}/SOURCES.sha256`, `${sum.digest("hex")}\n`);
