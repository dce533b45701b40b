import type { PrometheusProblemSentences } from './prometheus-problem.ts';

/** Problems of queries to Prometheus in Chinese. */
export const PROMETHEUS_PROBLEMS_ZH: PrometheusProblemSentences = {
  problems: {
    NameUnknown: ({ host }) => `无法解析主机名 ${host}`,
    Refused: ({ address }) => `${address} 拒绝连接`,
    Unreachable: ({ address }) => `到 ${address} 没有路由`,
    CertificateNames: ({ address, names }) =>
      names === '' ? `服务端证书不含任何名称，不能用于 ${address}` : `服务端证书只适用于 ${names}，不包含 ${address}`,
    UnknownAuthority: ({ address }) => `${address} 的证书由不受信任的 CA 签发`,
    CertificateExpired: ({ address }) => `${address} 的证书已过期或尚未生效`,
    Broken: ({ address, detail }) => `${address} 的应答中断：${detail}`,
    TimedOut: ({ afterMs }) => `${afterMs / 1000} 秒内没有应答`,
    QueueFull: ({ waitingCountMax }) => `发往该后端的请求已有 ${waitingCountMax} 个在排队`,
    NoCredential: ({ detail }) => `无法读取我方的凭据：${detail}`,
    Unauthorized: () => '服务端不接受我方的凭据（401）',
    Forbidden: ({ answer }) => `服务端拒绝访问（403）${said(answer)}`,
    PathNotFound: ({ path }) => `服务端没有 ${path}（404）`,
    Redirected: ({ status, location }) => `服务端重定向（${status}）到 ${location || '未知地址'}`,
    TooManyRequests: ({ answer }) => `服务端要求减少请求（429）${said(answer)}`,
    HttpStatus: ({ status, answer }) => `服务端返回 ${status}${said(answer)}`,
    NotPrometheus: ({ contentType, answer }) =>
      `应答不是 Prometheus 的 JSON，而是 ${contentType || '未声明的类型'}${said(answer)}`,
    Malformed: ({ detail }) => `应答不符合 Prometheus API 的格式：${detail}`,
    BadQuery: ({ detail }) => `服务端无法解析（bad_data）：${detail}`,
    NotExecuted: ({ detail }) => `服务端无法执行（execution）：${detail}`,
    GaveUp: ({ detail }) => `服务端中途放弃：${detail}`,
    ServerError: ({ errorType, detail }) => `服务端报错（${errorType}）：${detail}`,
    AnswerTooLarge: ({ bytesMax }) => `应答超过 ${bytesMax} 字节`,
    TooManySeries: ({ countMax }) => `应答中的时间序列超过 ${countMax} 条`,
    TooManyLabelSets: ({ countMax }) => `应答中不同的标签名组合超过 ${countMax} 种`,
    NativeHistogram: ({ series }) => `结果中含有原生直方图，不是单个数值：${series}`,
  },
  remedies: {
    NameUnknown: '检查后端 URL 中的主机名，以及本 Pod 能否解析它',
    Refused: '确认服务正在运行并监听该端口，并检查后端 URL 中的端口',
    Unreachable: '检查本 Pod 到服务端的路由、网络策略和防火墙',
    CertificateNames: '让后端 URL 中的主机名与证书一致，或设置该后端的 tls.serverName',
    UnknownAuthority: '在该后端的 tls.caFile（--prometheus-ca-file）中指定 CA',
    CertificateExpired: '更新服务端证书，并核对两边的时钟',
    Broken: '查看服务端及其前置代理的日志；它可能刚刚重启过',
    TimedOut:
      '手动执行该查询并降低其开销（例如改用记录规则），或调大该后端的 deadline；如果其他查询也变慢，请检查服务端负载',
    QueueFull: '检查服务端负载；若仍有余力，可调大该后端的 concurrency，或设置 freshness 让相同的查询共用应答',
    NoCredential: '检查该后端 authentication 和 tls 中指定的文件',
    Unauthorized: '检查该后端的 authentication：令牌或密码是否正确，服务端是否需要凭据',
    Forbidden: '为该后端所用的身份授予查询权限，并检查租户请求头（X-Scope-OrgID）',
    PathNotFound: '修正后端 URL 中的路径：它应止于 /api/v1 之前',
    Redirected: '把重定向的目标地址写进后端 URL；若跳转到登录页，说明需要令牌',
    TooManyRequests: '调小该后端的 concurrency，设置 freshness，或提高该租户的限额',
    HttpStatus: '查看服务端及其前置代理的日志',
    NotPrometheus: '检查后端 URL：在那里应答的是代理、登录页，或没有 Prometheus HTTP API 的程序',
    Malformed: '检查后端 URL，并确认服务端支持 Prometheus HTTP API v1',
    BadQuery: '修正查询语句；服务端已指出解析到哪里为止',
    NotExecuted: '修正查询语句：一对多匹配需要 group_left 或 group_right；加载样本过多的查询需要减少序列或缩短时间范围',
    GaveUp: '降低查询开销（例如改用记录规则），或调大服务端的 --query.timeout',
    ServerError: '查看服务端的日志',
    AnswerTooLarge: '缩小查询范围，只取需要的序列，或在后端配置文件中调大该后端的 maxAnswerBytes',
    TooManySeries: '缩小查询范围，只取需要的序列，或在后端配置文件中调大该后端的 maxSeries',
    TooManyLabelSets: '缩小序列选择器的范围：它几乎匹配了服务端的所有序列',
    NativeHistogram: '在查询中使用 histogram_quantile、histogram_avg、histogram_sum 或 histogram_count',
  },
};

function said(answer: string): string {
  return answer === '' ? '' : `：${answer}`;
}
