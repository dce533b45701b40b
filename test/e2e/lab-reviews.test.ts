import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { startApiServer } from '../fixtures/api-server.ts';

const ACCOUNT = 'reviewed';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

let cluster: Cluster;
const lab = startApiServer();

beforeAll(async () => {
  cluster = await startCluster({ isApiServerAlone: true });
  await cluster.kubectl(['create', 'serviceaccount', ACCOUNT]);
  await lab.send('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: ACCOUNT } } });
});
afterAll(() => cluster.stop());

/** A token for these audiences, of each server. */
async function tokens(audiences: readonly string[]): Promise<readonly [real: string, lab: string]> {
  const flags = audiences.map((audience) => `--audience=${audience}`);
  const real = await cluster.kubectl(['create', 'token', ACCOUNT, ...flags]);
  const path = `/api/v1/namespaces/default/serviceaccounts/${ACCOUNT}/token`;
  const made = await lab.send('POST', path, { body: { spec: { audiences } } });
  return [real.trim(), made.body.status.token];
}

interface Status {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly error?: string;
  readonly user?: { readonly username: string; readonly groups: readonly string[] };
}

function told({ authenticated, audiences, error, user }: Status): object {
  return { authenticated, audiences, error, user: user && [user.username, user.groups] };
}

async function reviewed(of: readonly [real: string, lab: string], audiences?: readonly string[]) {
  const spec = (token: string) => ({ token, ...(audiences === undefined ? {} : { audiences }) });
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: spec(of[0]) };
  const real = await cluster.kubectl(['create', '-f', '-', '-o', 'json'], JSON.stringify(review));
  const ours = await lab.send('POST', REVIEWS, { body: { spec: spec(of[1]) } });
  return [told(ours.body.status), told(JSON.parse(real).status)] as const;
}

test.each([
  { why: 'a token for others, shown to the API server', made: ['vault'], asked: undefined },
  { why: 'its own audience', made: ['vault'], asked: ['vault'] },
  { why: 'one of several', made: ['vault', 'billing'], asked: ['billing', 'mail'] },
  { why: 'another audience', made: ['vault'], asked: ['mail'] },
  { why: 'two other audiences', made: ['vault', 'billing'], asked: ['mail', 'news'] },
  { why: 'the API server’s own token', made: [], asked: undefined },
  { why: 'the API server’s own token, for somebody else', made: [], asked: ['vault'] },
])('$why: the lab says of it what the real API server says', async ({ made, asked }) => {
  const [ours, theirs] = await reviewed(await tokens(made), asked);
  expect(ours).toEqual(theirs);
});

test('a token of nobody', async () => {
  const [ours, theirs] = await reviewed(['nonsense', 'nonsense']);
  expect(ours).toEqual(theirs);
});
