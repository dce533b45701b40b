import { expect, it } from 'vitest';
import { formatQuantity, parseQuantity, type Quantity, quantityMilli } from './quantity.ts';
import { addQuantities } from './quantity-sum.ts';

function quantity(text: string): Quantity {
  return parseQuantity(text) as Quantity;
}

it.each([
  { a: '1500u', b: '1500u', text: '3m', milli: 3, why: 'fractions of a milli add up before rounding' },
  { a: '1', b: '250m', text: '1250m', milli: 1250, why: 'the finer scale is kept' },
  { a: '1Gi', b: '512Mi', text: '1536Mi', milli: 1_610_612_736_000, why: 'binary stays binary' },
  { a: '0', b: '1Gi', text: '1Gi', milli: 1_073_741_824_000, why: 'zero takes the format of the other one' },
  { a: '1Gi', b: '0', text: '1Gi', milli: 1_073_741_824_000, why: 'and adds nothing' },
  { a: '0.0000000001', b: '1', text: '1000000001n', milli: 1001, why: 'an unbounded decimal, rounded up to nano' },
  {
    a: '10P',
    b: '0.5',
    text: '10000000000000000500m',
    milli: '-8446744073709551116',
    why: 'a sum that leaves 64 bits',
  },
])('$a + $b: $why', ({ a, b, text, milli }) => {
  const sum = addQuantities(quantity(a), quantity(b));
  expect([formatQuantity(sum), quantityMilli(sum)]).toEqual([text, milli]);
});
