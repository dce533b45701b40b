import { z } from 'zod';
import { count, secretRef, text, texts } from './setting-values.ts';

const origin = text.refine((value) => {
  const url = URL.parse(value.replace('://*.', '://any.'));
  return url !== null && /^https?:$/.test(url.protocol) && /^https?:\/\/[^/?#@]+$/.test(value);
}, 'must be an origin such as https://oapi.dingtalk.com, without a path');

const origins = texts.pipe(z.array(origin)).optional();

/** Less than the vendor allows: other programs may use the same robot. */
const limit = z
  .strictObject({ perMinute: count(1, 6_000).optional(), burst: count(1, 1_000).optional() }, 'must be a mapping')
  .optional();

const httpUrl = text.refine((value) => {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}, 'must be an http or https URL without a user, such as http://alertmanager-0.alertmanager:9093');

const MAPPING_RULE = 'must be a mapping';

const dingtalk = z
  .strictObject(
    {
      type: z.literal('dingtalk'),
      tokenRef: secretRef,
      secretRef: secretRef.optional(),
      keyword: text.optional(),
      format: z.enum(['text', 'markdown', 'actionCard'], 'must be text, markdown or actionCard').default('text'),
      allowedOrigins: origins,
      limit,
    },
    MAPPING_RULE,
  )
  .refine(
    ({ secretRef: secret, keyword }) => secret !== undefined || keyword !== undefined,
    'must have secretRef (signing) or keyword: a robot takes nothing that is neither signed nor has one of its keywords',
  );

const feishu = z.strictObject(
  {
    type: z.literal('feishu'),
    webhookRef: secretRef,
    secretRef: secretRef.optional(),
    keyword: text.optional(),
    format: z.enum(['text', 'card'], 'must be text or card').default('card'),
    allowedOrigins: origins,
    limit,
  },
  MAPPING_RULE,
);

const wecom = z.strictObject(
  {
    type: z.literal('wecom'),
    webhookRef: secretRef,
    format: z.enum(['text', 'markdown'], 'must be text or markdown').default('markdown'),
    allowedOrigins: origins,
    limit,
  },
  MAPPING_RULE,
);

const slack = z.strictObject(
  { type: z.literal('slack'), webhookRef: secretRef, allowedOrigins: origins, limit },
  MAPPING_RULE,
);

const alertmanager = z.strictObject(
  {
    type: z.literal('alertmanager'),
    urls: z.array(httpUrl, 'must be a list of URLs, one of each replica').min(1, 'must name at least one replica'),
    authorizationRef: secretRef.optional(),
    limit,
  },
  MAPPING_RULE,
);

const webhook = z.strictObject(
  {
    type: z.literal('webhook'),
    urlRef: secretRef,
    secretRef: secretRef.optional(),
    authorizationRef: secretRef.optional(),
    allowedOrigins: origins,
    limit,
  },
  MAPPING_RULE,
);

const address = text.regex(/^[^\s@]+@[^\s@]+$|^[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>$/, 'must be a mail address');

const smtp = z.strictObject(
  {
    type: z.literal('smtp'),
    host: text,
    port: count(1, 65_535).optional(),
    tls: z
      .enum(['starttls', 'implicit'], 'must be starttls or implicit: there is no mail without TLS')
      .default('starttls'),
    user: text.optional(),
    passwordRef: secretRef.optional(),
    from: address,
    to: texts.pipe(z.array(address)),
    limit,
  },
  MAPPING_RULE,
);

/** Every kind of sink, as its settings stand in the file. */
export const sinkSettings = z.discriminatedUnion(
  'type',
  [dingtalk, feishu, wecom, slack, alertmanager, webhook, smtp],
  'must have a type: dingtalk, feishu, wecom, slack, alertmanager, webhook or smtp',
);

export type SinkEntry = z.output<typeof sinkSettings>;
