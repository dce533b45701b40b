import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { walkthroughDecisions } from '../../../test/fixtures/walkthrough-decisions.ts';
import { reportOf } from '../../../test/fixtures/walkthrough-history.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { DecisionHistory } from '../../control/history/decision-history.ts';
import { LANGUAGES } from '../../core/explain/language.ts';
import { LiveModel } from './live-model.ts';
import { canRedraw, LivePainter } from './live-painter.ts';
import { type LiveViewOptions, renderChangeLine, renderLiveView, sparkline } from './live-view.ts';
import { fitText, textWidth, wrapText } from './text-width.ts';

const PLAIN: LiveViewOptions = {
  columns: 80,
  language: 'en',
  isColor: false,
  formatTime: (atMs) => new Date(atMs).toISOString().slice(11, 19),
};

/** The model after the first syncs of the walkthrough, followed through a real history. */
function modelAfter(syncCount: number): { model: LiveModel; lines: string[] } {
  const history = new DecisionHistory('lab', SILENT_LOG);
  const model = new LiveModel(() => '610m');
  const lines: string[] = [];
  model.follow(history, ({ decision }) => lines.push(renderChangeLine(decision, PLAIN)));
  for (const decision of walkthroughDecisions().slice(0, syncCount)) history.record(reportOf(decision));
  return { model, lines };
}

describe('a frame', () => {
  test('shows count, bounds, metric, load, both histories and why', () => {
    const { model } = modelAfter(4);
    expect(renderLiveView({ title: 'Podtide lab · 04:40:46', hpas: model.hpas }, PLAIN)).toEqual([
      'Podtide lab · 04:40:46',
      '',
      'default/php-apache  4 → 7  [1–10]  cpu 76 % / 50 %  load 610m',
      '  replicas  ▂▂▅█',
      '  cpu        ▁█▃',
      '  04:40:46  4 → 7: cpu at 76 % of request, target 50 %; pods without a usable',
      '  sample turn ratio 1.52 into 0.38, so 4 for now; 7 was recommended at 04:40:31…',
    ]);
  });

  test('has a last line for what people would be told, cut to its width', () => {
    const foot = 'would tell team: [Scaling up] default/php-apache 1→4, and more than fits a line';
    const frame = renderLiveView({ title: 'Podtide', hpas: [], foot }, { ...PLAIN, columns: 40 });
    expect(frame).toEqual(['Podtide', '', 'would tell team: [Scaling up] default/p…']);
  });

  test('speaks Chinese, with Han taking two cells', () => {
    const { model } = modelAfter(3);
    expect(renderLiveView({ title: 'Podtide', hpas: model.hpas }, { ...PLAIN, language: 'zh-CN' })).toEqual([
      'Podtide',
      '',
      'default/php-apache  1 → 4  [1–10]  cpu 305% / 50%  负载 610m',
      '  副本数  ▃▃█',
      '  cpu      ▁█',
      '  04:40:31  1 → 4：cpu 为请求的 305%，目标值 50%；推荐 7；一步最多到 max(2 × 1,',
      '  4) = 4',
    ]);
  });

  test('says what is missing', () => {
    const { model } = modelAfter(1);
    const frame = renderLiveView({ title: '', hpas: model.hpas }, PLAIN);
    expect(frame[2]).toBe('default/php-apache  1  [1–10]  cpu no data (FailedGetResourceMetric)  load 610m');
  });

  test('is coloured only when asked', () => {
    const { model } = modelAfter(4);
    const hpas = model.hpas;
    const strip = (lines: string[]): string[] => lines.map(stripVTControlCharacters);
    const plain = renderLiveView({ title: 't', hpas }, PLAIN);
    const coloured = renderLiveView({ title: 't', hpas }, { ...PLAIN, isColor: true });
    expect([plain.join('').includes('\u001b'), coloured.join('').includes('\u001b')]).toEqual([false, true]);
    expect(strip(coloured)).toEqual(plain);
  });

  test('fits every width in every language', () => {
    const hpas = modelAfter(29).model.hpas;
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.constantFrom(...LANGUAGES), (columns, language) => {
        const lines = renderLiveView({ title: 'Podtide lab 控制台', hpas }, { ...PLAIN, columns, language });
        expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});

test('changes are told line by line where nothing can be redrawn', () => {
  expect(modelAfter(4).lines.slice(2)).toEqual([
    '04:40:31 default/php-apache 1 → 4: cpu at 305 % of request, target 50 %; 7 wanted; at most max(2 × 1, 4) = 4 in one step',
    expect.stringMatching(/^04:40:46 default\/php-apache 4 → 7: /),
  ]);
});

test('an HPA that is gone leaves the view', () => {
  const { model } = modelAfter(2);
  const history = new DecisionHistory('lab', SILENT_LOG);
  model.follow(history, () => {});
  const [decision] = walkthroughDecisions();
  if (decision === undefined) throw new Error('the story is empty');
  history.record(reportOf({ ...decision, isDeleted: true }));
  expect(model.hpas).toEqual([]);
});

describe('sparklines', () => {
  const rows = [
    { why: 'nothing yet', values: [], width: 5, bars: '' },
    { why: 'all zero', values: [0, 0], width: 5, bars: '▁▁' },
    { why: 'gaps stay gaps', values: [1, null, 2], width: 5, bars: '▅ █' },
    { why: 'only the newest fit', values: [8, 1, 2, 4], width: 2, bars: '▅█' },
    { why: 'below zero is the lowest bar', values: [-3, 7], width: 5, bars: '▁█' },
  ];
  for (const { why, values, width, bars } of rows) test(why, () => expect(sparkline(values, width)).toBe(bars));
});

describe('the painter', () => {
  test('paints frames over one another and gives the cursor back', () => {
    const written: string[] = [];
    const painter = new LivePainter({ write: (text) => written.push(text), size: () => ({ columns: 80, rows: 3 }) });
    painter.paint(['a', 'b', 'c']);
    painter.paint(['d']);
    painter.close();
    painter.close();
    expect(written).toEqual([
      '\u001b[?25l\u001b[2Ka\n\u001b[2Kb\n\u001b[0J',
      '\u001b[2A\r\u001b[2Kd\n\u001b[0J',
      '\u001b[?25h',
    ]);
  });

  const terminals = [
    { why: 'a terminal', isTty: true, noColor: undefined, term: 'xterm', can: true },
    { why: 'NO_COLOR set to nothing is not set', isTty: true, noColor: '', term: 'xterm', can: true },
    { why: 'a pipe', isTty: false, noColor: undefined, term: 'xterm', can: false },
    { why: 'NO_COLOR', isTty: true, noColor: '1', term: 'xterm', can: false },
    { why: 'a terminal that cannot', isTty: true, noColor: undefined, term: 'dumb', can: false },
  ];
  for (const { why, can, ...terminal } of terminals) test(why, () => expect(canRedraw(terminal)).toBe(can));
});

describe('text in cells', () => {
  test('a text is fitted exactly', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '稳', '，', 'é', ' ') }),
        fc.integer({ min: 0, max: 40 }),
        (text, width) => {
          expect(textWidth(fitText(text, width))).toBe(width);
        },
      ),
    );
  });

  test('nothing but spaces is lost in wrapping', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '窗', ' ', '→') }),
        fc.integer({ min: 2, max: 30 }),
        (text, width) => {
          const lines = wrapText(text, width, Number.POSITIVE_INFINITY);
          expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
