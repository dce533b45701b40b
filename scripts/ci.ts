import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** One step of the run: a command, and the vitest report that it leaves, if it leaves one. */
interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly report?: string;
}

interface Tally {
  readonly passedCount: number;
  readonly failures: readonly string[];
}

const REPORTS = join('node_modules', '.cache', 'ci');
const UNIT_REPORT = join(REPORTS, 'unit.json');
const E2E_REPORT = join(REPORTS, 'e2e.json');

const STEPS: readonly Step[] = [
  { name: 'npm test', command: ['npm', 'test', '--', ...reportTo(UNIT_REPORT)], report: UNIT_REPORT },
  { name: 'types', command: ['npm', 'run', '-s', 'check:types'] },
  { name: 'lint', command: ['npm', 'run', '-s', 'check:lint'] },
  { name: 'dead code', command: ['npm', 'run', '-s', 'check:dead'] },
  { name: 'coverage of the engine', command: ['npm', 'run', '-s', 'coverage'] },
  { name: 'components', command: ['npm', 'run', '-s', 'components'] },
  { name: 'npm run test:e2e', command: ['npm', 'run', 'test:e2e', '--', ...reportTo(E2E_REPORT)], report: E2E_REPORT },
];

function reportTo(file: string): string[] {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
}

function runStep(step: Step): Tally {
  const startedMs = performance.now();
  console.log(`\n== ${step.name}`);
  const [program, ...args] = step.command;
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(`== ${step.name}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  const isGood = status === 0 && error === undefined;
  if (step.report === undefined) return { passedCount: isGood ? 1 : 0, failures: isGood ? [] : [step.name] };
  return readReport(step.name, step.report, isGood);
}

/** A test that was skipped is a failure here: what should have run could not run. */
function readReport(name: string, file: string, isGood: boolean): Tally {
  if (!existsSync(file)) return { passedCount: 0, failures: [`${name}: left no report`] };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const notRun: number = report.numPendingTests + report.numTodoTests;
  const failures: string[] = report.testResults.flatMap(
    (suite: { assertionResults: { status: string; fullName: string }[] }) =>
      suite.assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  if (notRun > 0) failures.push(`${name}: ${notRun} tests did not run`);
  if (report.numPassedTests === 0) failures.push(`${name}: no test passed`);
  if (!isGood && failures.length === 0) failures.push(`${name}: ended badly`);
  return { passedCount: report.numPassedTests, failures };
}

rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const tallies = STEPS.map(runStep);
const failures = tallies.flatMap((tally) => tally.failures);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${tallies.reduce((sum, tally) => sum + tally.passedCount, 0)} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
