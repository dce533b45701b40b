import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { serve } from '@hono/node-server';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMessageCards } from '../../src/app/processes/message-cards.ts';
import { ensureWebBuilt } from '../../src/app/processes/web-build.ts';
import type { IoClock } from '../../src/base/clock.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { DecisionHistory } from '../../src/control/history/decision-history.ts';
import { readAssetFolder } from '../../src/people/dashboard/asset-folder.ts';
import { createDashboard } from '../../src/people/dashboard/dashboard.ts';
import { NoticeBoard } from '../../src/people/notify/notice-board.ts';
import { shopDecisions } from '../fixtures/shop-decisions.ts';
import { WALKTHROUGH_STARTS_AT_MS, walkthroughDecisions } from '../fixtures/walkthrough-decisions.ts';
import { reportOf } from '../fixtures/walkthrough-history.ts';
import { walkthroughNotice } from '../fixtures/walkthrough-notices.ts';
import { routeOf } from '../notify/routes.ts';

const SCREENSHOTS = join(import.meta.dirname, '../../.cache/screenshots');
const REAL_CLOCK: IoClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Everything of both stories but the walkthrough's last sync, which the tests let happen. */
const HAPPENED_COUNT = 26;

let history: DecisionHistory;
let board: NoticeBoard;
let address: string;
let profileFolder: string;
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  profileFolder = await mkdtemp(join(tmpdir(), 'podtide-chromium-'));
  closers.push(() => rm(profileFolder, { recursive: true, force: true }));
  history = new DecisionHistory('lab', SILENT_LOG);
  for (const decision of walkthroughDecisions().slice(0, HAPPENED_COUNT)) history.record(reportOf(decision));
  for (const decision of shopDecisions(WALKTHROUGH_STARTS_AT_MS - 3_000_000, 225)) history.record(reportOf(decision));
  board = new NoticeBoard([routeOf({ name: 'everything', sinks: ['team'] })]);
  board.post(walkthroughNotice('scale.up.started'));
  board.post(walkthroughNotice('scale.stuck'));
  board.post(walkthroughNotice('scale.up.completed'));
  address = await startDashboard(history, board);
});

afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

describe('the page', () => {
  test('draws the walkthrough and tells why each move was made', async () => {
    await inBrowser({ locale: 'en-GB' }, async (page) => {
      await page.goto(`${address}#/default/php-apache`);
      await page.getByRole('img', { name: 'Replicas of php-apache over time' }).locator('canvas').waitFor();
      await page.getByRole('button', { name: /4 → 7.*cpu at 76 % of request, target 50 %/ }).waitFor();
      expect(await drawnShare(page)).toBeGreaterThan(0.01);
      await page.getByRole('button', { name: /1 → 4.*cpu at 305 %/ }).click();
      await page.getByText('7 becomes 4: at most max(2 × 1, 4) = 4 in one step.').waitFor();
      expect(page.url()).toContain('#/default/php-apache/');
      await shoot(page, 'walkthrough-en-light');
      await page.getByRole('button', { name: /4 → 7/ }).click();
      await page.getByRole('heading', { name: 'Good to know' }).waitFor();
      await shoot(page, 'findings-en-light');
    });
  });

  test('follows what happens', async () => {
    await inBrowser({ locale: 'en-GB' }, async (page) => {
      await page.goto(`${address}#/default/php-apache`);
      await page.getByText('Live', { exact: true }).waitFor();
      const [next] = walkthroughDecisions().slice(HAPPENED_COUNT);
      if (next === undefined) throw new Error('the story is over');
      history.record(reportOf(next));
      await page.getByText('7 → 1: cpu at 0 % of request').first().waitFor();
      await page.getByRole('navigation').getByText('7 → 1').waitFor();
      board.post(walkthroughNotice('scale.down.started'));
      await page
        .getByRole('log', { name: 'Notifications' })
        .getByText('[Scaling down] default/php-apache 7→1')
        .waitFor();
    });
  });

  test('speaks Chinese to a Chinese browser, and remembers a choice', async () => {
    await inBrowser({ locale: 'zh-CN', colorScheme: 'dark' }, async (page) => {
      await page.goto(`${address}#/shop/storefront`);
      await page.getByRole('heading', { name: '变化记录' }).waitFor();
      expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
      await page.getByText('期望副本数').first().waitFor();
      const completed = page.getByRole('log', { name: '通知' }).getByRole('article', { name: /扩容完成/ });
      expect(await completed.getByRole('heading').textContent()).toBe('[扩容完成] default/php-apache 1→7');
      expect(await completed.textContent()).toContain('副本数：1 → 4 → 7（2 步）');
      expect(await completed.textContent()).toMatch(/时间：\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+08:00/);
      expect(await completed.textContent()).toContain('提示 · scale.up.completed · 路由 everything → team');
      await shoot(page, 'shop-zh-dark');
      await page.getByRole('button', { name: 'English' }).click();
      await page.reload();
      await page.getByRole('heading', { name: 'Changes' }).waitFor();
      await page.getByRole('log', { name: 'Notifications' }).getByText('[Scaled up] default/php-apache 1→7').waitFor();
      await shoot(page, 'shop-en-dark');
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has nothing that axe-core objects to, ${colorScheme}`, async () => {
      await inBrowser({ locale: 'zh-CN', colorScheme }, async (page) => {
        await page.goto(`${address}#/default/php-apache`);
        await page.getByRole('listitem').filter({ hasText: '写入' }).first().waitFor();
        await shoot(page, `walkthrough-zh-${colorScheme}`);
        expect(await violations(page)).toEqual([]);
      });
    });
  }

  test('can be used with the keyboard alone', async () => {
    await inBrowser({ locale: 'en-GB' }, async (page) => {
      await page.goto(`${address}#/shop/storefront`);
      await page.getByRole('heading', { name: 'Changes' }).waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement?.id')).toBe('main');
      await page.getByRole('button', { name: /→/ }).first().focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Back to the newest' }).waitFor();
      await page.getByRole('button', { name: /^Notifications \d/ }).press('Enter');
      expect(await page.evaluate('document.activeElement?.id')).toBe('messages');
      const completed = page.getByRole('article', { name: /Scaled up/ });
      await completed.getByRole('link', { name: 'Decision' }).press('Enter');
      await page.getByRole('heading', { level: 1, name: 'php-apache' }).waitFor();
      await page.getByRole('region', { name: 'Why' }).getByText('4 → 7').waitFor();
      await page.waitForFunction("document.activeElement?.id === 'why'");
      expect(page.url()).toContain('#/default/php-apache/');
    });
  });

  test('fits a narrow screen', async () => {
    await inBrowser({ locale: 'en-GB', viewport: { width: 390, height: 844 } }, async (page) => {
      await page.goto(`${address}#/default/php-apache`);
      await page.getByRole('heading', { name: 'Changes' }).waitFor();
      await shoot(page, 'walkthrough-narrow');
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    });
  });

  test('says what to do while there is no HPA, and shows the first one at once', async () => {
    const empty = new DecisionHistory('lab', SILENT_LOG);
    const emptyAddress = await startDashboard(empty);
    await inBrowser({ locale: 'en-GB' }, async (page) => {
      await page.goto(emptyAddress);
      await page.getByRole('heading', { name: 'No HorizontalPodAutoscaler yet' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      await shoot(page, 'empty-en-light');
      expect(await violations(page)).toEqual([]);
      const [first] = walkthroughDecisions();
      if (first === undefined) throw new Error('the story is empty');
      empty.record(reportOf(first));
      await page.getByRole('heading', { name: 'php-apache' }).waitFor();
    });
  });

  test('says when nobody answers, and that it is trying', async () => {
    await inBrowser({ locale: 'en-GB' }, async (page) => {
      await page.route('**/api/**', (route) => route.abort());
      await page.goto(address);
      await page.getByRole('heading', { name: 'The dashboard does not answer' }).waitFor();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      await shoot(page, 'failure-en-light');
      await page.unroute('**/api/**');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { name: 'Changes' }).waitFor();
    });
  });
});

async function startDashboard(feed: DecisionHistory, notices?: NoticeBoard): Promise<string> {
  const assets = await readAssetFolder(await ensureWebBuilt());
  const messages = notices === undefined ? {} : { messages: createMessageCards(notices, feed) };
  const rest = { clock: REAL_CLOCK, log: SILENT_LOG, hostNames: ['127.0.0.1'] };
  const dashboard = createDashboard({ feed, assets, ...messages, ...rest });
  return await new Promise((resolve) => {
    const server = serve({ fetch: dashboard.handle, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
      resolve(`http://127.0.0.1:${port}/`),
    );
    closers.push(() => {
      dashboard.close();
      server.close();
    });
  });
}

/** A page of a fresh browser profile; what the page complains about on its console fails the test. */
async function inBrowser(
  options: Pick<
    NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>,
    'locale' | 'colorScheme' | 'viewport'
  >,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(profileFolder, 'profile-'));
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: 1440, height: 1000 },
    timezoneId: 'Asia/Shanghai',
    deviceScaleFactor: 1,
    ...options,
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('net::ERR_FAILED')) complaints.push(message.text());
    });
    await use(page);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
}

function chromiumPath(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error('no chromium on PATH: apt-get install -y chromium');
}

/** What axe-core finds against WCAG 2.2 AA, one line each. */
async function violations(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Through the debugger, because the page's own policy lets no foreign script in.
  await page.evaluate(source);
  return await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** The share of the first chart's canvas that is not blank. */
async function drawnShare(page: Page): Promise<number> {
  return await page.evaluate<number>(`(() => {
    const canvas = document.querySelector('canvas');
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels.filter((value, place) => place % 4 === 3 && value !== 0).length / (pixels.length / 4);
  })()`);
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
