import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuantity,
  compareQuantities,
  formatMilliQuantity,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMilli,
  quantityProblem,
  quantityToNumber,
} from './quantity.ts';

const FORMAT_PROBLEM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function read(text: string): Quantity {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new Error(`not a quantity: ${text}`);
  return quantity;
}

describe('milli values', () => {
  it.each([
    ['1', 1000, 'whole numbers'],
    ['0.0001', 1, 'rounded up, however small'],
    ['-1500u', -2, 'rounded away from zero below zero too'],
    ['100Mi', 104_857_600_000, 'binary suffix'],
    ['1.5Gi', 1_610_612_736_000, 'fraction of a binary unit'],
    ['9E', 0, 'overflow found by repeated multiplication gives 0'],
    ['10P', 0, 'the same at another scale'],
    ['9223372036854776', '-9223372036854775616', 'plain integers wrap around'],
    ['9223372036854775808m', '-9223372036854775808', 'one more than the largest'],
    ['8Ei', -1000, 'capped when read, then wrapped'],
    ['-1.0000000005', -999, 'many digits below zero: upstream adds one to the cut value'],
    ['9007199254740993m', '9007199254740993', 'beyond a double, exact'],
  ])('%s is %s: %s', (text, milli, _why) => {
    expect(quantityMilli(read(text))).toBe(milli);
  });
});

describe('canonical text', () => {
  it.each([
    ['1000m', '1', 'the largest suffix that leaves an integer'],
    ['0.5', '500m', 'no fraction'],
    ['1.5Gi', '1536Mi', 'binary stays binary'],
    ['0.5Ki', '512', 'below 1024 it is decimal'],
    ['900000000', '900M', 'plain bytes become megabytes'],
    ['1e3', '1e3', 'exponents stay exponents'],
    ['1.500', '1.500', 'upstream takes this for canonical'],
    ['+5', '+5', 'and this'],
    ['0.9n', '1n', 'nothing is finer than nano'],
    ['1000E', '1', 'there is no suffix beyond E, and upstream loses it'],
    ['', undefined, 'no digits'],
    ['1x', undefined, 'no such suffix'],
  ])('%s is %s: %s', (text, canonical, _why) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });
});

describe('problems', () => {
  it.each([
    ['abc', FORMAT_PROBLEM],
    ['1Kim', "unable to parse quantity's suffix"],
    ['e-20', 'unable to parse numeric part of quantity'],
    [`1${'0'.repeat(1024)}`, FORMAT_PROBLEM],
    ['1e1001', "unable to parse quantity's suffix"],
    ['1', undefined],
  ])('of %s', (text, problem) => {
    expect(quantityProblem(text)).toBe(problem);
  });
});

describe('texts of milli values', () => {
  it.each([
    [1311, 'DecimalSI', '1311m', 'fractions in thousandths'],
    [9000, 'DecimalSI', '9', 'whole'],
    [1_000_000, 'BinarySI', '1k', 'too small for a binary unit'],
    [104_857_600_000, 'BinarySI', '100Mi', 'divides evenly'],
    [900_000_000_000, 'BinarySI', '900000000', 'plain bytes'],
    [1_834_665_691_428, 'BinarySI', '1834665691428m', 'fractional bytes'],
    ['-9223372036854775808', 'DecimalSI', '-9223372036854775808m', 'the average over no pods'],
    [0, 'BinarySI', '0', 'zero'],
  ] as const)('%s as %s is %s: %s', (milli, format, text, _why) => {
    expect(formatMilliQuantity(milli, format)).toBe(text);
  });
});

it('converts to a double as upstream does, in two roundings', () => {
  expect(quantityToNumber(read('50m'))).toBe(50 * 0.001);
  expect(quantityToNumber(read('0.1'))).toBe(0.1);
});

const quantityText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.bigInt({ min: 0n, max: 10n ** 21n }),
    fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'e3', 'e-3'),
  )
  .map(([sign, digits, suffix]) => `${sign}${digits}${suffix}`);

/** Multiples of 10^21 have no suffix, and upstream writes them without: `1000E` becomes `1`. */
function losesSuffix({ mantissa, exponent }: Quantity): boolean {
  const beyond = 10n ** 21n;
  const scaled = BigInt(mantissa) * 10n ** BigInt(Math.max(0, exponent));
  return scaled !== 0n && scaled % (beyond * 10n ** BigInt(Math.max(0, -exponent))) === 0n;
}

describe('laws', () => {
  it('what is written reads as an equal value', () => {
    fc.assert(
      fc.property(quantityText, (text) => {
        const quantity = read(text);
        fc.pre(!losesSuffix(quantity));
        expect(compareQuantities(read(formatQuantity(quantity)), quantity)).toBe(0);
      }),
    );
  });

  it('comparing is antisymmetric', () => {
    fc.assert(
      fc.property(quantityText, quantityText, (a, b) => {
        expect(compareQuantities(read(a), read(b)) + compareQuantities(read(b), read(a))).toBe(0);
      }),
    );
  });

  it('a milli value reads back from its text', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('DecimalSI', 'BinarySI'), (milli, format) => {
        expect(quantityMilli(read(formatMilliQuantity(milli, format)))).toBe(milli);
      }),
    );
  });

  it('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(quantityProblem(text) === undefined).toBe(parseQuantity(text) !== undefined);
      }),
    );
  });
});
