/** A query of somebody who wants to see other namespaces, and what it must become in the namespace `mine`. */
export interface HostileQuery {
  readonly why: string;
  readonly query: string;
  readonly enforced: string;
  /** Names in quotation marks, which older servers do not read. */
  readonly needsPrometheus3?: true;
}

const M = 'namespace="mine"';

/** Queries that are legal, and stay within the namespace once they are rewritten. */
export const HOSTILE_QUERIES: readonly HostileQuery[] = [
  { why: 'a name alone', query: 'secret', enforced: `secret{${M}}` },
  { why: 'empty braces', query: 'secret{}', enforced: `secret{${M}}` },
  { why: 'braces with a blank', query: 'secret{ }', enforced: `secret{${M} }` },
  { why: 'braces apart from the name', query: 'secret {a="b"}', enforced: `secret {${M},a="b"}` },
  { why: 'no name at all', query: '{a="b"}', enforced: `{${M},a="b"}` },
  { why: 'nothing at all', query: '{}', enforced: `{${M}}` },
  { why: 'a comma at the end', query: 'secret{a="b",}', enforced: `secret{${M},a="b",}` },
  { why: 'another namespace', query: 'secret{namespace="theirs"}', enforced: `secret{${M},namespace="theirs"}` },
  { why: 'any namespace', query: 'secret{namespace=~".*"}', enforced: `secret{${M},namespace=~".*"}` },
  {
    why: 'mine or theirs',
    query: 'secret{namespace=~"mine|theirs"}',
    enforced: `secret{${M},namespace=~"mine|theirs"}`,
  },
  { why: 'not mine', query: 'secret{namespace!="mine"}', enforced: `secret{${M},namespace!="mine"}` },
  { why: 'not like mine', query: 'secret{namespace!~"mine"}', enforced: `secret{${M},namespace!~"mine"}` },
  { why: 'no namespace', query: 'secret{namespace=""}', enforced: `secret{${M},namespace=""}` },
  {
    why: 'mine first, theirs last',
    query: `secret{${M},namespace="theirs"}`,
    enforced: `secret{${M},${M},namespace="theirs"}`,
  },
  { why: 'the name as a label', query: '{__name__="secret"}', enforced: `{${M},__name__="secret"}` },
  { why: 'every name', query: '{__name__=~".+"}', enforced: `{${M},__name__=~".+"}` },
  { why: 'every name but one', query: '{__name__!="up"}', enforced: `{${M},__name__!="up"}` },
  { why: 'a metric called namespace', query: 'namespace', enforced: `namespace{${M}}` },
  { why: 'a recording rule', query: 'team:secret:sum', enforced: `team:secret:sum{${M}}` },
  { why: 'a metric called as an operator', query: 'sum', enforced: `sum{${M}}` },
  { why: 'a metric called as a function', query: 'rate', enforced: `rate{${M}}` },
  { why: 'a metric called start', query: 'start', enforced: `start{${M}}` },
  { why: 'a sum', query: 'sum(secret)', enforced: `sum(secret{${M}})` },
  { why: 'a sum by namespace', query: 'sum by (namespace) (secret)', enforced: `sum by (namespace) (secret{${M}})` },
  { why: 'the grouping behind', query: 'sum(secret) by (namespace)', enforced: `sum(secret{${M}}) by (namespace)` },
  {
    why: 'everything but the namespace',
    query: 'sum without (namespace) (secret)',
    enforced: `sum without (namespace) (secret{${M}})`,
  },
  { why: 'capitals', query: 'SUM BY (a) (secret)', enforced: `SUM BY (a) (secret{${M}})` },
  { why: 'topk', query: 'topk(3, secret)', enforced: `topk(3, secret{${M}})` },
  {
    why: 'count_values',
    query: 'count_values("namespace", secret)',
    enforced: `count_values("namespace", secret{${M}})`,
  },
  { why: 'quantile of a query', query: 'quantile(scalar(a), b)', enforced: `quantile(scalar(a{${M}}), b{${M}})` },
  { why: 'a range', query: 'rate(secret[5m])', enforced: `rate(secret{${M}}[5m])` },
  {
    why: 'a range of another namespace',
    query: 'rate(secret{namespace="theirs"}[5m])',
    enforced: `rate(secret{${M},namespace="theirs"}[5m])`,
  },
  {
    why: 'a subquery',
    query: 'max_over_time(rate(secret[1m])[2s:1s])',
    enforced: `max_over_time(rate(secret{${M}}[1m])[2s:1s])`,
  },
  {
    why: 'a subquery with the default step',
    query: 'avg_over_time(secret[2s:])',
    enforced: `avg_over_time(secret{${M}}[2s:])`,
  },
  { why: 'an offset', query: 'secret offset 1s', enforced: `secret{${M}} offset 1s` },
  { why: 'an offset into the future', query: 'secret offset -5m', enforced: `secret{${M}} offset -5m` },
  { why: 'an offset of a range', query: 'rate(secret[5m] offset 1w)', enforced: `rate(secret{${M}}[5m] offset 1w)` },
  { why: 'an instant', query: 'secret @ 1609746000', enforced: `secret{${M}} @ 1609746000` },
  { why: 'the end of the query', query: 'secret @ end()', enforced: `secret{${M}} @ end()` },
  {
    why: 'offset and instant',
    query: 'secret{a="b"} @ start() offset 1m',
    enforced: `secret{${M},a="b"} @ start() offset 1m`,
  },
  { why: 'a sum of two', query: 'mine_total + secret', enforced: `mine_total{${M}} + secret{${M}}` },
  { why: 'or', query: 'mine_total or secret', enforced: `mine_total{${M}} or secret{${M}}` },
  {
    why: 'unless, on nothing',
    query: 'secret unless on() mine_total',
    enforced: `secret{${M}} unless on() mine_total{${M}}`,
  },
  {
    why: 'labels of the other side',
    query: 'mine_total * on(a) group_left(namespace) secret',
    enforced: `mine_total{${M}} * on(a) group_left(namespace) secret{${M}}`,
  },
  { why: 'a comparison', query: 'secret > bool 0', enforced: `secret{${M}} > bool 0` },
  { why: 'a power', query: 'a ^ b ^ c', enforced: `a{${M}} ^ b{${M}} ^ c{${M}}` },
  { why: 'a sign', query: '-secret', enforced: `-secret{${M}}` },
  { why: 'parentheses', query: '((secret))', enforced: `((secret{${M}}))` },
  {
    why: 'a namespace that is made afterwards',
    query: 'label_replace(secret, "namespace", "mine", "", "")',
    enforced: `label_replace(secret{${M}}, "namespace", "mine", "", "")`,
  },
  {
    why: 'a namespace that is joined together',
    query: 'label_join(secret, "namespace", "", "namespace")',
    enforced: `label_join(secret{${M}}, "namespace", "", "namespace")`,
  },
  { why: 'whether there is something', query: 'absent(secret)', enforced: `absent(secret{${M}})` },
  {
    why: 'whether there was something',
    query: 'absent_over_time(secret{namespace="theirs"}[1h])',
    enforced: `absent_over_time(secret{${M},namespace="theirs"}[1h])`,
  },
  { why: 'a number of a series', query: 'scalar(secret) * vector(1)', enforced: `scalar(secret{${M}}) * vector(1)` },
  { why: 'a number alone', query: '1 + 1', enforced: '1 + 1' },
  { why: 'a text alone', query: '"secret{}"', enforced: '"secret{}"' },
  { why: 'a selector within a string', query: 'up{a="} or secret{b="}', enforced: `up{${M},a="} or secret{b="}` },
  { why: 'single quotation marks', query: 'up{a=\'"} or secret{b="\'}', enforced: `up{${M},a="\\"} or secret{b=\\""}` },
  { why: 'backquotes', query: 'up{a=~`\\d"} or secret`}', enforced: `up{${M},a=~"\\\\d\\"} or secret"}` },
  { why: 'an escaped quotation mark', query: 'up{a="\\"} or secret{"}', enforced: `up{${M},a="\\"} or secret{"}` },
  { why: 'an escaped namespace', query: 'secret{namespace="\\x74heirs"}', enforced: `secret{${M},namespace="theirs"}` },
  { why: 'the matcher in a comment', query: `secret # {${M}}`, enforced: `secret{${M}}` },
  { why: 'a comment before the braces', query: 'secret # x\n{a="b"}', enforced: `secret {${M},a="b"}` },
  { why: 'a comment within the braces', query: 'secret{ # }\n a="b" # {\n}', enforced: `secret{${M}, a="b" }` },
  {
    why: 'a carriage return, where Prometheus’ comments end and those of the grammar do not',
    query: 'up # \r or secret',
    enforced: `up{${M}}`,
  },
  { why: 'a comment within a number', query: '- # \r secret +\n1', enforced: '- 1' },
  { why: 'a hash within a string', query: 'up{a="#"} or secret', enforced: `up{${M},a="#"} or secret{${M}}` },
  { why: 'line breaks of all kinds', query: 'up\r\nor\n\tsecret', enforced: `up{${M}} or secret{${M}}` },
  {
    why: 'blanks that Prometheus does not know',
    query: 'up\u0085or\u00a0secret\u2028',
    enforced: `up{${M}} or secret{${M}}`,
  },
  { why: 'a quoted name', query: '{"my.secret"}', enforced: `{${M},"my.secret"}`, needsPrometheus3: true },
  {
    why: 'a quoted label',
    query: '{"my.secret", "namespace"="theirs"}',
    enforced: `{${M},"my.secret", "namespace"="theirs"}`,
    needsPrometheus3: true,
  },
  {
    why: 'a quoted label with a brace',
    query: 'up{"a}b"="c"}',
    enforced: `up{${M},"a}b"="c"}`,
    needsPrometheus3: true,
  },
];

/** Queries that go nowhere. */
export const REFUSED_QUERIES: readonly {
  readonly why: string;
  readonly query: string;
  readonly says: string | RegExp;
}[] = [
  { why: 'nothing', query: '', says: 'PromQL 1:1: cannot be read' },
  { why: 'only a comment', query: '# up', says: 'cannot be read' },
  { why: 'braces without an end', query: 'up{', says: 'PromQL 1:4: cannot be read' },
  { why: 'braces that were closed before', query: 'up} or secret{', says: 'PromQL 1:3: cannot be read' },
  { why: 'a string without an end', query: 'up{a="b}', says: 'this string is none' },
  { why: 'a string over two lines', query: 'up{a="b\nc"}', says: /PromQL 1:\d/ },
  { why: 'a line break behind a backslash', query: 'up{a="b\\\nc"}', says: 'this string is none' },
  { why: 'an escape that there is not', query: 'up{a="\\d"}', says: 'PromQL 1:6: this string is none' },
  { why: 'an escaped quotation mark of the other kind', query: `up{a="\\'"}`, says: 'this string is none' },
  { why: 'half an escape', query: 'up{a="\\x4"}', says: 'this string is none' },
  { why: 'a byte that is no character', query: 'up{a="\\xff"}', says: 'this string is none' },
  { why: 'half a surrogate pair', query: 'up{a="\\ud800"}', says: 'this string is none' },
  { why: 'a function that nobody knows', query: 'evil(secret)', says: 'cannot be read' },
  { why: 'info(), which selects by itself', query: 'info(up)', says: 'info() looks at series of all namespaces' },
  { why: 'info() further down', query: 'sum(rate(info(up)[5m:1m]))', says: 'info() looks at series of all namespaces' },
  { why: 'two expressions', query: 'up secret', says: 'PromQL 1:4: cannot be read' },
  { why: 'two expressions with a semicolon', query: 'up; secret', says: 'cannot be read' },
  { why: 'a letter that only looks like one', query: 'ѕecret', says: 'cannot be read' },
  { why: 'a zero byte', query: 'up\u0000secret', says: 'cannot be read' },
  { why: 'a template of rules', query: 'sum(<<.Series>>{<<.LabelMatchers>>})', says: 'PromQL 1:5: cannot be read' },
  { why: 'a matcher that is no string', query: 'up{a=b}', says: 'cannot be read' },
  { why: 'two operators', query: 'up{a=="b"}', says: 'cannot be read' },
];
