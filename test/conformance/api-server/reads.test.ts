import { describe, expect, test } from 'vitest';
import type { ApiObject } from '../../../src/lab/apiserver/object.ts';
import { startApiServer } from '../../fixtures/api-server.ts';
import { given, RECORDED, recorded, replay, sameVersions, stable, WEB_HPA } from './recordings.ts';

describe('discovery', () => {
  interface Discovered {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly subresources?: readonly { readonly subresource: string }[];
      }[];
    }[];
  }

  test.each(['discovery/api.aggregated-v2', 'discovery/apis.aggregated-v2'])(
    '%s: what is served is described alike',
    async (name) => {
      const server = startApiServer();
      const exchange = recorded(name);
      const answer = await replay(server, exchange);
      expect(answer.headers.get('content-type')).toBe(exchange.response.contentType);
      expect(answer.headers.get('vary')).toBe('Accept');
      const own = answer.body.items as readonly Discovered[];
      const theirs = exchange.response.body.items as readonly Discovered[];
      let comparedCount = 0;
      for (const group of theirs) {
        const mine = own.find((each) => each.metadata.name === group.metadata.name);
        for (const version of mine === undefined ? [] : group.versions) {
          for (const resource of version.resources) {
            const served = mine?.versions
              .find((each) => each.version === version.version)
              ?.resources.find((each) => each.resource === resource.resource);
            if (served === undefined) continue;
            const kept = new Set(served.subresources?.map((each) => each.subresource));
            const subresources = resource.subresources?.filter((each) => kept.has(each.subresource));
            const { subresources: _all, ...rest } = resource;
            expect(served).toEqual((subresources ?? []).length === 0 ? rest : { ...rest, subresources });
            comparedCount += 1;
          }
        }
      }
      expect(comparedCount).toBeGreaterThanOrEqual(8);
      const again = await server.send('GET', exchange.request.path, {
        accept: exchange.request.accept,
        headers: { 'if-none-match': answer.headers.get('etag') ?? '' },
      });
      expect({ status: again.status, body: again.body }).toEqual({ status: 304, body: '' });
    },
  );

  test.each([
    'discovery/apis_autoscaling.group',
    'discovery/apis_autoscaling_v1.legacy',
    'discovery/apis_autoscaling_v2.legacy',
    'discovery/apis_coordination.k8s.io_v1.legacy',
    'discovery/apis_apps_v1.legacy',
  ])('%s', async (name) => {
    const exchange = recorded(name);
    const answer = await replay(startApiServer(), exchange);
    expect(answer.body).toEqual(exchange.response.body);
  });
});

describe('watches', () => {
  async function lines(response: Response): Promise<readonly { type: string; object: ApiObject }[]> {
    return (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  test.each([
    'watch/initial-events-object',
    'watch/timeout1s',
    'watch/initial-events-table',
    'watch/rv0-bookmark-table',
  ])('%s', async (name) => {
    const server = startApiServer();
    given(server, WEB_HPA);
    const { request, response } = recorded(name);
    const opened = await server.fetch(request.method, request.path, { accept: request.accept });
    server.clock.advanceBy(1_000);
    const events = await lines(opened);
    expect(events.map(({ type }) => type)).toEqual(response.body.map(({ type }: { type: string }) => type));
    const isTable = name.endsWith('table');
    // Upstream writes the zero value of the whole kind into a bookmark; its metadata is all that it says.
    const said = (stream: readonly { type: string; object: ApiObject }[]): unknown =>
      stream.map(({ type, object: { spec, status, ...rest } }) =>
        type === 'BOOKMARK' ? { type, rest } : { type, spec, status, rest },
      );
    if (!isTable) expect(stable(said(events))).toEqual(stable(said(response.body)));
    else {
      const columns = events.map(
        ({ object }) => (object as unknown as { columnDefinitions: unknown }).columnDefinitions,
      );
      expect(columns[0]).not.toBeNull();
      expect(columns.slice(1)).toEqual(columns.slice(1).map(() => null));
    }
  });

  test.each(['watch/expired-410', 'watch/expired-410-table'])('%s', async (name) => {
    const server = startApiServer();
    server.apiServer.compact();
    const { request, response } = recorded(name);
    const events = await lines(await server.fetch(request.method, request.path, { accept: request.accept }));
    expect(sameVersions(events)).toEqual(sameVersions(response.body));
  });

  test('watch/delete-with-finalizer: the whole sequence', async () => {
    const server = startApiServer();
    const [deletion, get, list, patch, watch] = RECORDED.get('watch/delete-with-finalizer') ?? [];
    if (
      deletion === undefined ||
      get === undefined ||
      list === undefined ||
      patch === undefined ||
      watch === undefined
    ) {
      throw new Error('the recording has five steps');
    }
    const { deletionTimestamp: _at, deletionGracePeriodSeconds: _grace, ...metadata } = deletion.response.body.metadata;
    given(server, { ...deletion.response.body, metadata });
    for (const exchange of [deletion, get, list]) {
      expect(stable((await replay(server, exchange)).body)).toEqual(stable(exchange.response.body));
    }
    const version = String(server.apiServer.store.revision);
    const path = watch.request.path.replace('resourceVersion=1229', `resourceVersion=${version}`);
    const opened = await server.fetch('GET', path);
    const patched = await replay(server, patch);
    expect(stable(patched.body)).toEqual(stable(patch.response.body));
    expect(patched.body.metadata.resourceVersion).toBe(version);
    server.clock.advanceBy(460_000);
    const events = (await lines(opened)).filter(({ type }) => type !== 'BOOKMARK');
    expect(stable(events)).toEqual(stable(watch.response.body));
    expect(events[0]?.object.metadata.resourceVersion).toBe(String(Number(version) + 1));
  });
});

describe('pages', () => {
  test('paging/ns-limit2: two pages show one state', async () => {
    const server = startApiServer();
    const first = await replay(server, recorded('paging/ns-limit2-page1'));
    const recordedFirst = recorded('paging/ns-limit2-page1').response.body;
    expect(first.body.metadata).toEqual({
      resourceVersion: String(server.apiServer.store.revision),
      continue: expect.any(String),
      remainingItemCount: recordedFirst.metadata.remainingItemCount,
    });
    expect(stable(first.body.items)).toEqual(stable(recordedFirst.items));
    await server.send('DELETE', '/api/v1/namespaces/kube-system');
    await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'zzz' } } });
    const second = await server.send('GET', `/api/v1/namespaces?limit=2&continue=${first.body.metadata.continue}`);
    expect(stable(second.body.items)).toEqual(stable(recorded('paging/ns-limit2-page2').response.body.items));
    expect(second.body.metadata).toEqual({ resourceVersion: first.body.metadata.resourceVersion });
  });
});
