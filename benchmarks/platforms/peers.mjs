#!/usr/bin/env node
// What other detectors say of the labelled repositories, as JSON on stdout:
//   npm install --ignore-scripts @specfy/stack-analyser@1.27.3 @netlify/build-info@10.5.1 \
//     @vercel/frameworks@3.34.0 @vercel/fs-detectors@7.7.3      (in a folder of its own: MODULES)
//   node benchmarks/platforms/peers.mjs MODULES TREES >peers.json
// TREES holds work trees named `owner+name` at the labels' commits. Names are brought to ours by the
// same table that the import of rules uses, generously: a tool is not to lose for its spelling.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [modules, trees] = process.argv.slice(2).map((path) => resolve(path));
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const names = JSON.parse(readFileSync(join(root, 'scripts/platform-rules.json'), 'utf8'));
const labels = JSON.parse(readFileSync(join(root, 'benchmarks/platforms/labels.json'), 'utf8'));
const require = createRequire(join(modules, 'package.json'));
const load = (path) => import(pathToFileURL(join(modules, 'node_modules', path)));

const OURS = {
  shadcn: 'shadcn-ui', scss: 'sass', golang: 'go-modules', rust: 'cargo', 'replit.database': 'replit', symfonycasts: 'symfony',
  next: 'nextjs', 'next-nx': 'nextjs', 'create-react-app': 'react', nuxt3: 'nuxt', 'svelte-kit': 'sveltekit', 'vue-cli': 'vue',
  'react-static': 'react', parcel: 'parcel', turbo: 'turborepo', turborepo: 'turborepo', lerna: 'lerna', nx: 'nx',
  nuxtjs: 'nuxt', 'sveltekit-1': 'sveltekit', 'solidstart-1': 'solid', solidstart: 'solid', go: 'go-modules',
  'tanstack-router': 'tanstack-router', 'tanstack-start-lovable': 'lovable', gradle: 'gradle', bazel: 'bazel',
};
const ours = (id) => OURS[id] ?? names.ids[id] ?? id.replace(/[._]/g, '-');

const said = { specfy: {}, netlify: {}, vercel: {} };
for (const name of Object.keys(labels.repositories)) {
  const tree = join(trees, name.replace('/', '+'));
  said.specfy[name] = await specfy(tree);
  said.netlify[name] = await netlify(tree);
  said.vercel[name] = await vercel(tree);
  process.stderr.write(`${name}\n`);
}
process.stdout.write(`${JSON.stringify(said)}\n`);
process.exit(0);

async function specfy(tree) {
  const dist = '@specfy/stack-analyser/dist';
  await load(`${dist}/autoload.js`);
  const { analyser, FSProvider, flatten } = await load(`${dist}/index.js`);
  const found = await analyser({ provider: new FSProvider({ path: tree }) });
  return unique([...flatten(found, { merge: true }).techs].map(ours));
}

async function netlify(tree) {
  const { NodeFS } = await load('@netlify/build-info/lib/node/file-system.js');
  const { Project } = await load('@netlify/build-info/lib/project.js');
  const project = new Project(new NodeFS(), tree, tree);
  project.setBugsnag?.({ notify() {} });
  const out = [];
  try {
    const frameworks = await project.detectFrameworks();
    out.push(...(frameworks ?? []).map((one) => one.id));
    const perPackage = await project.detectFrameworksInPackages?.(tree).catch(() => []);
    out.push(...(perPackage ?? []).map((one) => one.id));
    const manager = await project.detectPackageManager();
    if (manager) out.push(manager.name);
    out.push(...((await project.detectBuildSystem()) ?? []).map((one) => one.id));
  } catch (error) {
    process.stderr.write(`netlify: ${error.message}\n`);
  }
  return unique(out.map(ours));
}

async function vercel(tree) {
  const { frameworkList } = require('@vercel/frameworks');
  const { detectFrameworks, LocalFileSystemDetector } = require('@vercel/fs-detectors');
  const found = await detectFrameworks({ fs: new LocalFileSystemDetector(tree), frameworkList });
  return unique(found.map((one) => ours(one.slug ?? 'other')));
}

function unique(list) {
  return [...new Set(list)].sort();
}
