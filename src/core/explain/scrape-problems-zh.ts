import type { ScrapeProblemSentences } from './scrape-problem.ts';

/** Problems of scrapes in Chinese. */
export const SCRAPE_PROBLEMS_ZH: ScrapeProblemSentences = {
  problems: {
    NoAddress: ({ wantedTypes, presentTypes }) =>
      `节点没有类型为 ${wantedTypes.join('、')} 的地址（现有：${presentTypes.join('、') || '无'}）`,
    NameUnknown: ({ host }) => `无法解析主机名 ${host}`,
    Refused: ({ address }) => `${address} 拒绝连接`,
    Unreachable: ({ address }) => `到 ${address} 没有路由`,
    TimedOut: ({ address, afterMs }) => `${address} 在 ${afterMs / 1000} 秒内没有应答`,
    CertificateNames: ({ address, names }) =>
      names === ''
        ? `kubelet 的服务证书不含任何名称，不能用于 ${address}`
        : `kubelet 的服务证书只适用于 ${names}，不包含 ${address}`,
    UnknownAuthority: ({ address }) => `${address} 的服务证书由不受信任的 CA 签发`,
    CertificateExpired: ({ address }) => `${address} 的服务证书已过期或尚未生效`,
    Unauthorized: () => 'kubelet 不接受我方的凭据（401）',
    Forbidden: ({ answer }) => `kubelet 拒绝访问（403）：${answer}`,
    PathNotFound: ({ path }) => `kubelet 没有 ${path}（404）`,
    PathRefused: ({ path, rule }) => `不采用注解 metrics.k8s.io/resource-metrics-path ${JSON.stringify(path)}：${rule}`,
    HttpStatus: ({ status, answer }) => `kubelet 返回 ${status}${answer === '' ? '' : `：${answer}`}`,
    Garbage: ({ line, rule }) => `应答不符合文本格式：第 ${line} 行：${rule}`,
    TooLarge: ({ bytesMax }) => `应答超过 ${bytesMax} 字节`,
    KubeletError: () => 'kubelet 自身采集失败（resource_scrape_error 1）',
    Empty: () => '应答中没有任何用量数据',
    Broken: ({ address, detail }) => `${address} 的应答中断：${detail}`,
    ProxyDenied: ({ answer }) => `API server 不允许你访问 kubelet（403）：${answer}`,
    ProxyForbidden: ({ answer }) => `kubelet 拒绝了 API server 的请求（403）：${answer}`,
    ProxyUnauthorized: () => 'kubelet 不认可代为请求的 API server（401）',
    ProxyCertificate: ({ detail }) => `API server 不信任 kubelet 的服务证书：${detail}`,
    ProxyUnreached: ({ detail }) => `API server 连不上 kubelet：${detail}`,
    NoCredential: ({ detail }) => `无法读取我方的凭据：${detail}`,
    Bug: ({ detail }) => `遇到了 Podtide 自身的缺陷：${detail}`,
  },
  remedies: {
    NoAddress: '在 --kubelet-preferred-address-types 中写上该节点具有的地址类型',
    NameUnknown: '把 InternalIP 放在 --kubelet-preferred-address-types 的最前面，或让集群内能够解析该主机名',
    Refused: '确认 kubelet 正在运行并监听该端口，并检查 --kubelet-port 或 --kubelet-use-node-status-port',
    Unreachable: '检查本 Pod 到该节点的路由、网络策略和防火墙',
    TimedOut: '检查本 Pod 到该节点的防火墙，再看 kubelet 是否过载',
    CertificateNames:
      '在 kubelet 配置中设置 serverTLSBootstrap: true，并批准证书签名请求（kubectl get csr，kubectl certificate approve NAME）；--kubelet-insecure-tls 则意味着放弃校验',
    UnknownAuthority:
      '在 kubelet 配置中设置 serverTLSBootstrap: true，并批准证书签名请求（kubectl get csr，kubectl certificate approve NAME），或用 --kubelet-certificate-authority 指定 CA；--kubelet-insecure-tls 则意味着放弃校验',
    CertificateExpired:
      '批准待处理的证书签名请求（kubectl get csr，kubectl certificate approve NAME），并核对两边的时钟',
    Unauthorized:
      'kubelet 需要启用 webhook 认证（authentication.webhook.enabled），我方的令牌须属于有效的 ServiceAccount',
    Forbidden: '为该 ServiceAccount 授予 nodes/metrics 的 get 权限（ClusterRole system:metrics-server）',
    PathNotFound: 'kubelet 须为 1.20 或更新版本；检查节点的注解 metrics.k8s.io/resource-metrics-path',
    PathRefused: '请改正该节点的注解；能写注解的人不应决定我方的令牌发往何处',
    HttpStatus: '查看该节点上 kubelet 的日志',
    Garbage: '检查该端口上应答的是什么：可能是代理，或者根本不是 kubelet',
    TooLarge: '检查该端口上应答的是什么：没有 kubelet 会有这么多容器',
    KubeletError: '查看该节点上 kubelet 和容器运行时的日志',
    Empty: '查看该节点上 kubelet 和容器运行时的日志',
    Broken: '查看该节点上 kubelet 的日志；它可能刚刚重启过',
    ProxyDenied:
      '缺少 nodes/proxy 的 get 权限；该权限等同于所有节点的 root，建议改为安装指标 API（podtide metrics-server），或仅在排查期间临时授权',
    ProxyForbidden:
      'API server 访问 kubelet 所用客户端证书的用户缺少 nodes/metrics 的 get 权限：请将其绑定到 ClusterRole system:kubelet-api-admin',
    ProxyUnauthorized:
      '检查 kube-apiserver 的 --kubelet-client-certificate，以及 kubelet 的 authentication.x509.clientCAFile',
    ProxyCertificate:
      '在 kubelet 配置中设置 serverTLSBootstrap: true，并批准证书签名请求（kubectl get csr，kubectl certificate approve NAME），或修正 kube-apiserver 的 --kubelet-certificate-authority',
    ProxyUnreached:
      '确认 kubelet 正在运行，检查 API server 到该节点之间的网络，以及 kube-apiserver 的 --kubelet-preferred-address-types',
    NoCredential: '检查挂载的 ServiceAccount 令牌以及各个 --kubelet-… 参数指定的文件',
    Bug: '请连同日志一起反馈',
  },
};
