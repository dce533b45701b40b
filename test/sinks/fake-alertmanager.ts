import {
  jsonAnswer,
  jsonOf,
  type SinkAnswer,
  type SinkRequest,
  type SinkServer,
  type SinkServerOptions,
  startSinkServer,
} from './sink-server.ts';

/** An alert as the API takes it. */
export interface FakeAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export interface FakeAlertmanagerOptions extends SinkServerOptions {
  /** Before `/api/v2/alerts`. */
  readonly prefix?: string;
  /** The Authorization header that it wants. */
  readonly authorization?: string;
}

export interface FakeAlertmanager extends SinkServer {
  /** What it knows: one alert for each set of labels, the latest word on each. */
  alerts(): readonly FakeAlert[];
}

/** An Alertmanager as far as senders see it: the same labels are the same alert. */
export async function startFakeAlertmanager(options: FakeAlertmanagerOptions = {}): Promise<FakeAlertmanager> {
  const alerts = new Map<string, FakeAlert>();
  const server = await startSinkServer((request) => judge(options, alerts, request), options);
  return { ...server, alerts: () => [...alerts.values()] };
}

function judge(
  { prefix = '', authorization }: FakeAlertmanagerOptions,
  alerts: Map<string, FakeAlert>,
  request: SinkRequest,
): SinkAnswer {
  if (authorization !== undefined && request.headers.authorization !== authorization)
    return { status: 401, body: 'Unauthorized\n', isTaken: false };
  if (request.method !== 'POST' || request.target !== `${prefix}/api/v2/alerts`)
    return { status: 404, body: '404 page not found\n', isTaken: false };
  const posted = jsonOf(request.body);
  if (!Array.isArray(posted)) return jsonAnswer({ code: 400, message: 'parsing alerts body failed' }, false, 400);
  const problems = (posted as FakeAlert[]).flatMap(problemsOf);
  if (problems.length > 0) return jsonAnswer({ code: 400, message: problems.join('; ') }, false, 400);
  for (const alert of posted as FakeAlert[]) {
    const key = JSON.stringify(Object.entries(alert.labels).sort());
    const before = alerts.get(key);
    const startsAt = before !== undefined && before.startsAt < alert.startsAt ? before.startsAt : alert.startsAt;
    alerts.set(key, { ...alert, startsAt });
  }
  return { status: 200, body: '', isTaken: true };
}

function problemsOf({ labels, startsAt, endsAt }: FakeAlert): readonly string[] {
  return [
    ...(labels['alertname'] === undefined ? ['at least one label pair required'] : []),
    ...Object.entries(labels).flatMap(([name, value]) =>
      /^[a-zA-Z_]\w*$/.test(name) && value !== '' ? [] : [`invalid label ${name}`],
    ),
    ...(Number.isNaN(Date.parse(startsAt)) || Date.parse(endsAt) < Date.parse(startsAt)
      ? ['start time must be before end time']
      : []),
  ];
}
