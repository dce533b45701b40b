import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { compactSource } from './compact-source.ts';

/** The command, the libraries that `exports` names, and what is started by its file name. */
export const BUNDLE_ENTRIES: Readonly<Record<string, string>> = {
  main: 'src/app/cli/main.ts',
  podtide: 'src/podtide.ts',
  engine: 'src/engine.ts',
  simulator: 'src/simulator.ts',
  'sqlite-thread': 'src/platform/store/sqlite-thread.ts',
  'json-thread': 'src/platform/kube/json-thread.ts',
  'lease-thread': 'src/platform/kube/lease-thread.ts',
  'signing-thread': 'src/platform/http/signing-thread.ts',
  'container-worker': 'src/lab/runtime/container-worker.ts',
};

/** What a stack trace says. */
const NAMES = { function: true, class: true };

/** What the page contains, which Vite builds. */
const PAGE_PACKAGES = ['@preact/signals', '@preact/signals-core', 'preact', 'uplot'];

const OWN_LICENSE = 'Apache-2.0';
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * Makes the program that is shipped: our modules and those of the packages that they use, without what nothing uses. It
 * starts sooner than a thousand single files, takes less memory in every process, and an installation has no other packages. Lines and the names of functions stay, so that a stack trace can be read; what the packages' licences ask for
 * stands in `third-party-licenses.txt`. All files lie side by side in the folder, so that threads and processes are found by
 * their names from whatever file starts them; what was in the folder goes.
 */
export async function bundleProgram(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const build = await rolldown({
    input: { ...BUNDLE_ENTRIES },
    platform: 'node',
    plugins: [withoutTrialParser],
    // hdr-histogram-js hides from bundlers that it would like zlib, and does without.
    onLog: (level, log, tell) => {
      if (log.code !== 'EVAL') tell(level, log);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    comments: false,
    minify: { compress: { keepNames: NAMES }, mangle: { keepNames: NAMES }, codegen: { removeWhitespace: false } },
  });
  await build.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  for (const { fileName, code } of chunks) await writeFile(join(folder, fileName), compactSource(code, fileName));
  await chmod(join(folder, 'main.js'), 0o755);
  await writeFile(join(folder, 'third-party-licenses.txt'), await licensesOf(packageFoldersOf(chunks)));
}

/** Undici's second parser of HTTP/1 is for trial, behind a variable of the environment, and larger than all else of it. */
const withoutTrialParser: Plugin = {
  name: 'without-trial-parser',
  load: {
    filter: { id: /\/undici\/lib\/milo\/(no-)?simd\.js$/ },
    handler: () => `throw new Error('the parser that UNDICI_USE_MILO asks for is not shipped with Podtide: unset it')`,
  },
};

/** Of the packages of which something is in these or in the page, in the order of their names. */
function packageFoldersOf(chunks: readonly OutputChunk[]): readonly string[] {
  const folders = chunks
    .flatMap(({ moduleIds }) => moduleIds)
    .map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(resolve(id.replace(/^\0/, '')))?.[0])
    .filter((folder) => folder !== undefined);
  const ofPage = PAGE_PACKAGES.map((name) => resolve('node_modules', name));
  return [...new Set([...folders, ...ofPage])].sort();
}

async function licensesOf(folders: readonly string[]): Promise<string> {
  const parts = await Promise.all(folders.map(licenseOf));
  return `Podtide contains parts of these packages. ${OWN_LICENSE} without a text is that of LICENSE.\n\n${parts.join('\n')}`;
}

/** Throws when a package brings no text of its licence and it is not ours: then somebody has to look. */
async function licenseOf(folder: string): Promise<string> {
  const { name, version, license, author } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => LICENSE_FILE.test(file)).sort();
  if (files.length === 0 && license !== OWN_LICENSE)
    throw new Error(`${folder}: has no text of its license, ${license}`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const by = typeof author === 'string' ? author : author?.name;
  const head = [`${name} ${version}`, license, ...(by === undefined ? [] : [by])].join(', ');
  return [`== ${head}`, '', ...texts.map((text) => `${text.trim()}\n`)].join('\n');
}
