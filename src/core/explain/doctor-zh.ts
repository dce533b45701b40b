import type { DoctorFindingOf, UnseenThing } from './doctor-finding.ts';
import type { DoctorSentences } from './explain-doctor-finding.ts';
import type { KnownServer } from './metrics-server-signs.ts';

/** What the doctor says in Chinese. */
export const DOCTOR_ZH: DoctorSentences = {
  findings: {
    ApiMissing: {
      text: ({ api, hpaCount, metricCount, metrics }) =>
        `没有任何服务提供 ${api}，但有 ${hpaCount} 个 HPA 依赖它：${metrics.join('，')}${metrics.length < metricCount ? ' 等' : ''}`,
      action: ({ api }) => installAdvice(api),
    },
    ApiServiceLeftOver: {
      text: ({ api, apiService, hpaCount }) =>
        `APIService ${apiService} 没有指定 Service，而 API server 自身并不提供 ${api}${lost(hpaCount)}`,
      action: ({ apiService }) =>
        `它是已卸载组件的残留，会影响发现（discovery）和命名空间删除：kubectl delete apiservice ${apiService}`,
    },
    ServiceMissing: {
      text: ({ api, service, hpaCount }) => `${api} 应由 Service ${service} 应答，但该 Service 不存在${lost(hpaCount)}`,
      action: ({ api }) =>
        `安装提供该 API 的组件，或删除指向它的 APIService：kubectl delete apiservice ${apiServiceName(api)}`,
    },
    ServicePortMissing: {
      text: ({ api, service, port, hpaCount }) =>
        `${api} 应由 Service ${service} 的端口 ${port} 应答，但该 Service 没有这个端口${lost(hpaCount)}`,
      action: () => '把 APIService 的 spec.service.port 改成该 Service 已有的端口',
    },
    ServerHasNoPods: {
      text: ({ api, service, hpaCount }) => `${api} 没有后端：Service ${service} 没有选中任何 Pod${lost(hpaCount)}`,
      action: ({ service }) =>
        `核对 Service 的 selector 与 Pod 的标签：kubectl get service,deployment,pods --show-labels -n ${namespaceOf(service)}`,
    },
    ServerScaledToZero: {
      text: ({ api, service, deployment, hpaCount }) =>
        `${api} 没有后端：Service ${service} 背后的 Deployment ${deployment} 副本数为 0${lost(hpaCount)}`,
      action: ({ service, deployment }) =>
        `kubectl scale deployment ${deployment} --replicas=1 -n ${namespaceOf(service)}`,
    },
    ServerPodsNotReady: {
      text: ({ api, service, podCount, pod, trouble, hpaCount }) =>
        `${api} 没有后端：Service ${service} 背后的 ${podCount} 个 Pod 都未就绪（${pod}：${trouble}）${lost(hpaCount)}`,
      action: ({ service, pod }) =>
        `查看 kubectl describe pod ${pod} -n ${namespaceOf(service)} 和 kubectl logs ${pod} -n ${namespaceOf(service)}`,
    },
    EndpointsMissing: {
      text: ({ api, service, message, hpaCount }) =>
        `${api} 没有后端：Service ${service} 没有可用的端点（${message}）${lost(hpaCount)}`,
      action: () =>
        '确认有 Pod 就绪、Service 的 selector 与 Pod 标签一致，并且 Service 中端口的名称与端点的端口名称相同',
    },
    AuthorityUnknown: {
      text: ({ api, service, hasCaBundle, message, hpaCount }) =>
        `API server 不信任 ${service} 提供 ${api} 所用的证书：${
          hasCaBundle ? 'APIService 的 caBundle 与签发该证书的 CA 不符' : 'APIService 没有 caBundle，只信任系统 CA'
        }（${message}）${lost(hpaCount)}`,
      action: ({ service }) =>
        `把签发证书的 CA 写入 spec.caBundle。Podtide 和 KEDA 会自行维护；使用 cert-manager 时加注解 cert-manager.io/inject-ca-from。更换证书后 ${service} 的服务可能需要重启`,
    },
    CertificateNames: {
      text: ({ api, service, serverName, message, hpaCount }) =>
        `${service} 提供 ${api} 所用的证书不适用于 ${serverName}（${message}）${lost(hpaCount)}`,
      action: ({ serverName }) => `重新签发证书，使其 SAN 包含 ${serverName}`,
    },
    CertificateExpired: {
      text: ({ api, service, message, hpaCount }) =>
        `${service} 提供 ${api} 所用的证书已过期或尚未生效（${message}）${lost(hpaCount)}`,
      action: () => '更新证书；启动时自签证书的服务需要重启。同时核对各节点的时钟',
    },
    ConnectionRefused: {
      text: ({ api, service, message, hpaCount }) =>
        `Service ${service} 指向的地址上没有进程为 ${api} 监听（${message}）${lost(hpaCount)}`,
      action: () => '核对 Service 的 targetPort 与服务实际监听的端口（--secure-port）',
    },
    ServerSilent: {
      text: ({ api, service, message, hpaCount }) =>
        `API server 得不到 ${service} 对 ${api} 的应答（${message}）${lost(hpaCount)}`,
      action: () =>
        '检查网络策略或防火墙是否阻断了控制面到 Pod 的连接：私有集群需要为该端口放行，自定义 CNI 可能需要 hostNetwork；再检查该服务是否过载',
    },
    ServerDenies: {
      text: ({ api, service, status, hpaCount }) =>
        `API server 向 ${service} 请求 ${api} 时被拒绝（${status}）${lost(hpaCount)}`,
      action: () =>
        '该服务的 ServiceAccount 需要 ClusterRole system:auth-delegator，以及 kube-system 中的 Role extension-apiserver-authentication-reader；缺哪一个见它的日志',
    },
    ServerLacksApi: {
      text: ({ api, service, hpaCount }) =>
        `APIService 声明 ${service} 提供 ${api}，但它并没有该 API（404）${lost(hpaCount)}`,
      action: ({ api }) =>
        `如果该 APIService 是其他版本的残留，请删除（kubectl delete apiservice ${apiServiceName(api)}）；适配器只有在配置了相应规则时才提供该 API`,
    },
    ServerFails: {
      text: ({ api, service, status, hpaCount }) => `${service} 对 ${api} 的请求返回 ${status}${lost(hpaCount)}`,
      action: ({ service }) => `查看它的日志；它的 Pod 位于命名空间 ${namespaceOf(service)}`,
    },
    ApiUnavailable: {
      text: ({ api, reason, message, hpaCount }) =>
        reason === '' && message === ''
          ? `API server 尚未检查由谁提供 ${api}${lost(hpaCount)}`
          : `${api} 不可用：${[reason, message].filter((part) => part !== '').join('：')}${lost(hpaCount)}`,
      action: ({ api }) => `kubectl describe apiservice ${apiServiceName(api)}`,
    },
    ListingFails: {
      text: ({ api, message, hpaCount }) => `无法列出 ${api} 的指标：${message}${lost(hpaCount)}`,
      action: ({ api }) => `用 kubectl get --raw /apis/${api} 亲自验证，并查看提供该 API 的服务的日志`,
    },
    VersionsDiffer: {
      text: ({ group, owners, used }) =>
        `${group} 的不同版本由不同的服务应答：${owners.map(({ version, server }) => `${version} 由 ${server}`).join('，')}；HPA ${used === null ? '不使用其中任何版本' : `使用 ${used}`}`,
      action: () => '这只应出现在迁移期间：让该组的所有 APIService 指向同一个 Service，并删除它不提供的版本',
    },
    MetricNotListed: {
      text: ({ api, hpa, metric, server, failure }) =>
        `HPA ${hpa} 需要 ${metric}，但 ${server} 在 ${api} 中没有列出它${failure === '' ? '' : `；HPA 自身的提示：${failure}`}`,
      action: ({ api, known }) => unlistedAdvice(api, known),
    },
    MoreMetricsNotListed: {
      text: ({ count }) => `另有 ${count} 个 HPA 指标未被列出`,
      action: () => '用 -n NAMESPACE 逐个命名空间查看',
    },
    ExternalPlaceTaken: {
      text: ({ server, scaledObjectCount, first, hpaCount }) =>
        `${scaledObjectCount} 个 ScaledObject（${first}${scaledObjectCount === 1 ? '' : ' 等'}）的触发器无法驱动 HPA：external.metrics.k8s.io 只能有一个提供者，目前被 ${server} 占用${hpaCount === 0 ? '' : `；KEDA 创建的 ${hpaCount} 个 HPA 得不到数值`}`,
      action: ({ known }) =>
        known === 'podtide'
          ? '给 podtide adapter 加上 --pass-through-url=https://SERVICE.NAMESPACE.svc（KEDA 的指标服务）：规则未覆盖的指标会转给它'
          : '只保留一个提供者，并迁移另一方的指标；或改由 podtide adapter 提供：自有指标写成规则，其余通过 --pass-through-url 转交',
    },
    VerificationSkipped: {
      text: ({ api, service }) => `insecureSkipTLSVerify：任何能冒充 ${service} 的人都可以伪造 ${api} 的数值`,
      action: () => '改为设置 APIService 的 spec.caBundle；Podtide 的服务会自行写入其证书的 CA',
    },
    Unseen: { text: unseenText, action: unseenAction },
  },
  report: {
    severities: { problem: '问题', note: '提示', unseen: '未查看' },
    states: { available: '可用', unavailable: '不可用', missing: '无人提供', unseen: '未查看' },
    itself: 'API server 自身',
    unknown: '未知的服务',
    recognised: ({ sign, evidence }) =>
      sign === null ? '' : `依据${{ image: '镜像', label: '标签', service: ' Service 名称' }[sign]} ${evidence}`,
    deployment: (names) => `Deployment ${names.join('、')}`,
    pods: (readyPodCount, podCount) => `${podCount} 个 Pod 中 ${readyPodCount} 个就绪`,
    sum: (problemCount, unseenCount) => {
      const found = problemCount === 0 ? '没有发现问题' : `发现 ${problemCount} 个问题`;
      return unseenCount === 0 ? found : `${found}；有 ${unseenCount} 项未能查看`;
    },
  },
};

/** What it means for HPAs, as the end of a sentence. */
function lost(hpaCount: number): string {
  return hpaCount === 0 ? '' : `；有 ${hpaCount} 个 HPA 依赖它`;
}

function namespaceOf(service: string): string {
  return service.split('/')[0] ?? '';
}

function apiServiceName(api: string): string {
  return api.split('/').reverse().join('.');
}

function installAdvice(api: string): string {
  if (api.startsWith('metrics.k8s.io'))
    return '安装 metrics-server 或 podtide metrics-server（deploy/metrics-server.yaml）';
  if (api.startsWith('custom.'))
    return '安装 podtide adapter（deploy/adapter.yaml）或 prometheus-adapter，并配置产生该指标的规则';
  return '安装产生该指标的组件：配置了 externalRules 的 podtide adapter 或 prometheus-adapter；ScaledObject 则需要 KEDA';
}

function unlistedAdvice(api: string, known: KnownServer | null): string {
  if (known === 'podtide' || known === 'prometheus-adapter') {
    return `需要有规则产生它：用 podtide adapter check 检查规则文件，用 kubectl get --raw /apis/${api} 查看现有指标；Prometheus 中必须已有相应的序列`;
  }
  return `用 kubectl get --raw /apis/${api} 查看现有指标；修正 HPA 中的名称，或让该服务提供这个指标`;
}

const THINGS: Readonly<Record<UnseenThing, (where: string) => string>> = {
  apiServices: () => 'APIService',
  service: (where) => `Service ${where}`,
  deployments: (where) => `命名空间 ${where} 的 Deployment`,
  pods: (where) => `命名空间 ${where} 的 Pod`,
  group: (where) => `${where} 的版本`,
  listing: (where) => `${where} 的指标`,
  hpas: (where) => `${inNamespace(where)}的 HPA`,
  scaledObjects: (where) => `${inNamespace(where)}的 ScaledObject（KEDA）`,
};

function inNamespace(namespace: string): string {
  return namespace === '' ? '所有命名空间' : `命名空间 ${namespace} `;
}

function unseenText({ what, where, message }: DoctorFindingOf<'Unseen'>): string {
  return `无法查看${what === 'apiServices' || what === 'service' ? ' ' : ''}${THINGS[what](where)}：${message}`;
}

const RIGHTS: Readonly<Record<UnseenThing, string>> = {
  apiServices: 'list apiservices.apiregistration.k8s.io：否则无法得知由谁提供 API、为何没有应答',
  service: 'get services：该 Service 是否存在及其标签',
  deployments: 'list deployments.apps：Service 背后运行的是什么',
  pods: 'list pods：Service 背后的镜像，以及 Pod 为何未就绪',
  group: 'ClusterRole system:discovery：是否有人提供该组',
  listing: 'ClusterRole system:discovery：现有哪些指标',
  hpas: 'list horizontalpodautoscalers.autoscaling：HPA 的指标是否有人提供',
  scaledObjects: 'list scaledobjects.keda.sh：KEDA 是否被挤出 external.metrics.k8s.io',
};

function unseenAction({ what, where, isDenied }: DoctorFindingOf<'Unseen'>): string {
  if (!isDenied) return '请重试';
  const isNarrower = where === '' && (what === 'hpas' || what === 'scaledObjects');
  return `缺少的权限：${RIGHTS[what]}${isNarrower ? '；也可以用 -n NAMESPACE 只看一个命名空间' : ''}`;
}
