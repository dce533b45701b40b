import type { Release } from '../../base/clock.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { LabConfig } from '../config/lab-config.ts';
import type { Lab } from '../processes/run-lab.ts';
import type { CliContext } from './context.ts';
import { labChange, labHeader } from './lab-report.ts';
import { LiveModel } from './live-model.ts';
import { canRedraw, LivePainter } from './live-painter.ts';
import { renderChangeLine, renderLiveView } from './live-view.ts';

/** Real milliseconds between two frames. */
const FRAME_MS = 500;
const COLUMNS_DEFAULT = 100;
const ROWS_DEFAULT = 30;

/** Shows a lab in the form that was asked for, until released. */
export function showLab(lab: Lab, config: LabConfig, context: CliContext): Release {
  if (config.output === 'json') return printChanges(lab, config, context);
  printWelcome(lab, config, context);
  const { stdout } = context.process;
  const isTty = 'isTTY' in stdout && stdout.isTTY === true;
  const noColor = context.environment.isColorRefused ? '1' : undefined;
  const { TERM: term } = context.environment.variables;
  return canRedraw({ isTty, noColor, term }) ? paintFrames(lab, config, context) : printLines(lab, config, context);
}

function printChanges(lab: Lab, config: LabConfig, { process: { stdout } }: CliContext): Release {
  stdout.write(`${JSON.stringify(labHeader(config, lab.url))}\n`);
  return lab.feed.watch((record) => {
    const change = labChange(record, config.language);
    if (change !== undefined) stdout.write(`${JSON.stringify(change)}\n`);
  });
}

function printWelcome(lab: Lab, config: LabConfig, { process: { stderr } }: CliContext): void {
  const words = WELCOME[config.language];
  stderr.write(
    `\n${words.kubectl}\n\n    export KUBECONFIG=${config.kubeconfigPath}\n    kubectl get hpa -A --watch\n`,
  );
  if (config.kubernetesVersion === '1.20') stderr.write(`\n${words.face}\n`);
  if (lab.webUrl !== null) stderr.write(`\n${words.page}\n\n    ${lab.webUrl}\n`);
  stderr.write(`\n${words.end}\n\n`);
}

const WELCOME = {
  en: {
    kubectl: 'kubectl, in another terminal:',
    face: 'The API is that of Kubernetes 1.20 (autoscaling/v1 and v2beta2); decisions follow 1.36.',
    page: 'The page:',
    end: 'Ctrl-C ends the lab.',
  },
  'zh-CN': {
    kubectl: '在另一个终端使用 kubectl：',
    face: 'API 与 Kubernetes 1.20 一致（autoscaling/v1 与 v2beta2）；扩缩决策遵循 1.36。',
    page: '网页：',
    end: '按 Ctrl-C 结束实验环境。',
  },
} as const;

function printLines(lab: Lab, { language }: LabConfig, { process: { stdout } }: CliContext): Release {
  const model = new LiveModel(() => null);
  return model.follow(lab.feed, ({ decision }) => {
    stdout.write(`${renderChangeLine(decision, { language, formatTime: formatRfc3339 })}\n`);
  });
}

function paintFrames(lab: Lab, { language, speed }: LabConfig, { process: { stdout } }: CliContext): Release {
  const size = (): { columns: number; rows: number } => ({
    columns: ('columns' in stdout && stdout.columns) || COLUMNS_DEFAULT,
    rows: ('rows' in stdout && stdout.rows) || ROWS_DEFAULT,
  });
  const painter = new LivePainter({ write: (text) => void stdout.write(text), size });
  const model = new LiveModel(({ namespace, name }) => loadText(lab, `${namespace}/${name}`));
  const time = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const formatTime = (atMs: number): string => time.format(atMs);
  const pace = speed.kind === 'max' ? 'max' : `×${speed.factor}`;
  const paint = (): void => {
    const title = `Podtide  ${formatTime(lab.clock.nowMs())}  ${pace}${lab.webUrl === null ? '' : `  ${lab.webUrl}`}`;
    const { columns } = size();
    painter.paint(renderLiveView({ hpas: model.hpas, title }, { columns, language, isColor: true, formatTime }));
  };
  const unfollow = model.follow(lab.feed, () => undefined);
  const timer = setInterval(paint, FRAME_MS);
  return () => {
    clearInterval(timer);
    unfollow();
    paint();
    painter.close();
  };
}

/** Requests a second on the Service of the same name: the stories name them alike. */
function loadText(lab: Lab, serviceKey: string): string | null {
  const rate = lab.world.requestsPerSecond(serviceKey);
  return rate > 0 ? `${Math.round(rate)} req/s` : null;
}
