import type { Release } from '../../base/clock.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { LabConfig } from '../config/lab-config.ts';
import type { Lab } from '../processes/run-lab.ts';
import type { CliContext } from './context.ts';
import { labChange, labHeader, loadText, messageLine, prometheusText } from './lab-report.ts';
import { LiveModel } from './live-model.ts';
import { canRedraw, LivePainter } from './live-painter.ts';
import { renderChangeLine, renderLiveView } from './live-view.ts';

/** Real milliseconds between two frames. */
const FRAME_MS = 500;
const COLUMNS_DEFAULT = 100;
const ROWS_DEFAULT = 30;

/** Shows a lab in the form that was asked for, until released. */
export function showLab(lab: Lab, config: LabConfig, context: CliContext): Release {
  const prometheus = prometheusText(lab.prometheus, config);
  if (prometheus !== null) context.process.stderr.write(`${prometheus}\n`);
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
  if (lab.machine !== null) stderr.write(`\n${machineText(lab.machine, config)}\n`);
  stderr.write(`\n${words.end}\n\n`);
}

/** What is true of this machine: where Services are, on which ports, and who keeps pods to their limits. */
function machineText(machine: NonNullable<Lab['machine']>, { language }: LabConfig): string {
  const words = MACHINE[language];
  const { serviceAddressPrefix, lowPortShift, accountingKind, noCgroupReason } = machine;
  const limits = noCgroupReason === null ? words.limited(accountingKind) : words.cooperative(noCgroupReason);
  const ports = lowPortShift === 0 ? [] : [words.shifted(80 + lowPortShift)];
  return [words.services(`${serviceAddressPrefix}.0.0/16`), ...ports, limits].join('\n');
}

const MACHINE = {
  en: {
    services: (range: string) => `Pods are processes of this machine; Services have addresses of ${range}.`,
    shifted: (port: number) => `Ports below 1024 cannot be had: port 80 of a Service is ${port} here.`,
    limited: (kind: string) => `CPU is limited and counted by ${kind}.`,
    cooperative: (reason: string) =>
      `CPU is counted by /proc, and each container keeps itself to its limit: no cgroups, ${reason}.`,
  },
  'zh-CN': {
    services: (range: string) => `Pod 是本机上的进程；Service 的地址在 ${range} 之内。`,
    shifted: (port: number) => `无法使用 1024 以下的端口：Service 的 80 端口在本机上是 ${port}。`,
    limited: (kind: string) => `CPU 的限制和计量由 ${kind} 负责。`,
    cooperative: (reason: string) => `CPU 通过 /proc 计量，每个容器自行遵守限制：没有 cgroup，${reason}。`,
  },
} as const;

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
  const unfollow = model.follow(lab.feed, ({ decision }) => {
    stdout.write(`${renderChangeLine(decision, { language, formatTime: formatRfc3339 })}\n`);
  });
  const unwatch = lab.board?.watch((posted) => {
    stdout.write(`${messageLine(posted, { language, formatTime: formatRfc3339 })}\n`);
  });
  return () => {
    unfollow();
    unwatch?.();
  };
}

function paintFrames(lab: Lab, { language, speed }: LabConfig, { process: { stdout } }: CliContext): Release {
  const size = (): { columns: number; rows: number } => ({
    columns: ('columns' in stdout && stdout.columns) || COLUMNS_DEFAULT,
    rows: ('rows' in stdout && stdout.rows) || ROWS_DEFAULT,
  });
  const painter = new LivePainter({ write: (text) => void stdout.write(text), size });
  const model = new LiveModel((hpa) => loadText(lab.loads.of(hpa)));
  const time = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const formatTime = (atMs: number): string => time.format(atMs);
  const pace = speed.kind === 'max' ? 'max' : `×${speed.factor}`;
  const foot = (): string | undefined => {
    const newest = lab.board?.list().at(-1);
    return newest === undefined ? undefined : messageLine(newest, { language, formatTime });
  };
  const paint = (): void => {
    const title = `Podtide  ${formatTime(lab.clock.nowMs())}  ${pace}${lab.webUrl === null ? '' : `  ${lab.webUrl}`}`;
    const { columns } = size();
    painter.paint(
      renderLiveView({ hpas: model.hpas, title, foot: foot() }, { columns, language, isColor: true, formatTime }),
    );
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
