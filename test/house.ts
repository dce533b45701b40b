/**
 * The house as data: which rooms there are, what each may import, and which npm packages live where. ARCHITECTURE.md
 * shows the same tables; `test/tidy.test.ts` compares them and every source file with this one.
 */
export interface Room {
  /** Rooms (`wing/room`) or whole wings that it may import, besides itself. */
  readonly imports: readonly string[];
  /** Whether it may import `node:` modules. */
  readonly isNode: boolean;
  /** npm packages it may import, types included. */
  readonly packages: readonly string[];
}

const PURE = { isNode: false, packages: [] } as const;

/** Every room of `src`, keyed by folder. */
export const ROOMS: Readonly<Record<string, Room>> = {
  base: { ...PURE, imports: [] },

  'core/autoscaling': { ...PURE, imports: ['base'] },
  'core/engine': { ...PURE, imports: ['base', 'core/autoscaling'] },
  'core/episode': { ...PURE, imports: ['base', 'core/autoscaling'] },
  'core/explain': { ...PURE, imports: ['base', 'core/autoscaling', 'core/engine', 'core/episode'] },
  'core/plant': { ...PURE, imports: ['base'] },
  'core/simulator': { ...PURE, imports: ['base', 'core/autoscaling', 'core/engine', 'core/plant'] },

  'platform/time': { isNode: true, imports: ['base'], packages: [] },
  'platform/thread': { isNode: true, imports: ['base'], packages: [] },
  'platform/http': {
    isNode: true,
    imports: ['base', 'platform/thread'],
    packages: ['undici', 'hono', '@hono/node-server', '@peculiar/x509'],
  },
  'platform/telemetry': { isNode: true, imports: ['base'], packages: ['pino', 'prom-client'] },
  'platform/kube': {
    isNode: true,
    imports: ['base', 'core/autoscaling', 'platform/thread', 'platform/http', 'platform/telemetry'],
    packages: ['yaml', 'undici'],
  },
  'platform/access': {
    isNode: true,
    imports: ['base', 'core/autoscaling', 'platform/http', 'platform/telemetry', 'platform/kube'],
    packages: [],
  },
  'platform/store': {
    isNode: true,
    imports: ['base', 'core/autoscaling', 'platform/thread', 'platform/kube'],
    packages: [],
  },

  'metrics/source': { isNode: true, imports: ['base', 'core', 'platform'], packages: [] },
  'metrics/kubelet': { isNode: true, imports: ['base', 'core', 'platform', 'metrics/source'], packages: [] },
  'metrics/prometheus': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics/source'],
    packages: ['@prometheus-io/lezer-promql'],
  },
  'metrics/adapter': {
    isNode: false,
    imports: ['base', 'core', 'platform', 'metrics/source', 'metrics/prometheus'],
    packages: ['re2js', 'yaml'],
  },
  'metrics/query': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics/source', 'metrics/prometheus', 'metrics/adapter'],
    packages: [],
  },
  'metrics/serve': { isNode: true, imports: ['base', 'core', 'platform', 'metrics/source'], packages: ['yaml'] },

  'control/facts': { isNode: true, imports: ['base', 'core', 'platform', 'metrics/source'], packages: [] },
  'control/history': { isNode: true, imports: ['base', 'core', 'platform', 'control/facts'], packages: [] },
  'control/controller': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics/source', 'control/facts'],
    packages: [],
  },

  'people/sink': { isNode: true, imports: ['base', 'core', 'platform'], packages: ['nodemailer'] },
  'people/notify': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'control/facts', 'people/sink'],
    packages: [],
  },
  'people/dashboard': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'control/history', 'control/facts'],
    packages: ['hono'],
  },

  'lab/apiserver': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics/source', 'metrics/serve'],
    packages: ['ws', 'protobufjs', 'yaml'],
  },
  'lab/world': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics/source', 'metrics/serve', 'lab/apiserver'],
    packages: ['yaml'],
  },
  'lab/prometheus': {
    isNode: false,
    imports: ['base', 'core', 'platform', 'metrics/kubelet', 'metrics/prometheus', 'metrics/adapter', 'lab/world'],
    packages: [],
  },
  'lab/runtime': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'lab/apiserver', 'lab/world'],
    packages: ['autocannon'],
  },

  'app/config': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics', 'control', 'people', 'lab'],
    packages: ['zod', 'yaml'],
  },
  'app/processes': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics', 'control', 'people', 'lab', 'app/config'],
    packages: ['yaml'],
  },
  'app/cli': {
    isNode: true,
    imports: ['base', 'core', 'platform', 'metrics', 'control', 'people', 'lab', 'app/config', 'app/processes'],
    packages: ['@stricli/core', 'yaml'],
  },
};

/** The package's public entry points: the only files outside a room, and the only barrels. */
export const ENTRY_POINTS: readonly string[] = ['src/podtide.ts', 'src/engine.ts', 'src/simulator.ts'];

/** What `web/` may import from `src`, as types only. */
export const WEB_TYPE_IMPORTS: readonly string[] = ['people/dashboard', 'core', 'base'];

/** Longest source file, in lines. Tests are bound by the same rule; generated files are not. */
export const SOURCE_LINES_MAX = 400;

/** Names that hold anything and mean nothing. */
export const BANNED_FILE_NAMES: readonly RegExp[] = [
  /^utils?\./,
  /^helpers?\./,
  /^common\./,
  /^misc\./,
  // Alertmanager is the name of a product.
  /(?<!alert)manager/,
  /^constants\./,
  /^index\./,
];

/** Globals that pure rooms do not have. */
export const BANNED_CORE_GLOBALS: readonly string[] = [
  'Date',
  'Intl',
  'setTimeout',
  'setInterval',
  'queueMicrotask',
  'process',
  'console',
  'fetch',
  'performance',
  'Math.random',
  'Buffer',
  'URL',
];
