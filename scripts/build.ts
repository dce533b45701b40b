import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';

/** Compiles the sources to `dist/`, because Node refuses TypeScript under `node_modules`, and builds the web page. */
function build(): void {
  rmSync('dist', { recursive: true, force: true });
  run('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json']);
  run(process.execPath, ['scripts/build-web.ts']);
  chmodSync('dist/app/cli/main.js', 0o755);
}

function run(program: string, args: readonly string[]): void {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit code ${status}`);
}

build();
