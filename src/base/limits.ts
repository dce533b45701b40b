/** Every bound of the program, each with its unit last in its name. */

/** Largest body that a client of ours reads before it gives up. */
export const RESPONSE_BODY_BYTES_MAX = 256 * 1024 * 1024;

/** Closed watches that a delivery ledger remembers, so that an event written after the close does not hold the clock. */
export const CLOSED_DELIVERY_TOKEN_COUNT_MAX = 4096;

/** Longest text that is read as a quantity; real ones have some twenty characters. */
export const QUANTITY_TEXT_LENGTH_MAX = 1024;

/** Largest decimal exponent of a quantity, either way: `1e1000000000` would take all memory to write out. */
export const QUANTITY_EXPONENT_MAX = 1000;

/** Longest stretch of syncs that one metrics LIST serves. */
export const CONTROLLER_SLOT_MS_MAX = 2_000;

/** A sync that has been under way for longer gives its place to another. */
export const CONTROLLER_SYNC_SLOW_MS = 1_000;

/** Syncs under way that have given up their place; beyond it they keep it. */
export const CONTROLLER_SLOW_SYNCS_COUNT_MAX = 2_000;

/** Longest sync, scale and status writes included. */
export const CONTROLLER_SYNC_MS_MAX = 60_000;

/** Longest wait for one answer of a metrics API. */
export const CONTROLLER_METRICS_CALL_MS_MAX = 15_000;

/** How long a key stays set aside after a bug of ours met it. */
export const CONTROLLER_QUARANTINE_MS = 600_000;

/** ConfigMaps that a store is cut into, each far below the server's limit for one object; their names are in the manifests. */
export const STORE_SLICE_COUNT = 64;

/** What the entries of one ConfigMap of a store may come to; a server takes some 1,000 KiB. */
export const STORE_SLICE_BYTES_MAX = 900 * 1024;

/** ConfigMaps of a store that are claimed at once. */
export const STORE_CLAIMS_COUNT_MAX = 16;

/** Between two writes of the same ConfigMap of a store, commits aside. */
export const STORE_WRITE_GAP_MS = 5_000;

/** Longest wait for one answer about a ConfigMap of a store. */
export const STORE_CALL_MS_MAX = 10_000;

/** Recommendations of one HPA that outlive the process; more are thinned on the safe side. */
export const MEMORY_RECOMMENDATIONS_COUNT_MAX = 256;

/** Scale events of one HPA, of each direction, that outlive the process: a move every two seconds for half an hour. */
export const MEMORY_SCALE_EVENTS_COUNT_MAX = 1_000;

/** Summaries of decisions kept for one HPA: more than eight hours at the default period. */
export const HISTORY_SUMMARIES_PER_HPA_COUNT_MAX = 2_000;

/** Summaries of decisions kept in all. */
export const HISTORY_SUMMARIES_COUNT_MAX = 200_000;

/** Whole records kept for one HPA: the newest, and as many changes. */
export const HISTORY_RECORDS_PER_HPA_COUNT_MAX = 120;

/** Whole records kept in all. */
export const HISTORY_RECORDS_COUNT_MAX = 20_000;

/** Whole records kept in all, as they are packed: some twenty thousand of HPAs with few pods, fewer of those with many. */
export const HISTORY_RECORD_BYTES_MAX = 32 * 1024 * 1024;

/** Distinct label sets or requests that a projection shares; beyond it sharing starts anew. */
export const INTERNED_VALUES_COUNT_MAX = 100_000;

/** Longest line of a watch: an object is at most a few MiB in etcd, and nothing else should come. */
export const WATCH_LINE_BYTES_MAX = 16 * 1024 * 1024;

/** HPAs whose load a dashboard shows live. */
export const DASHBOARD_LOADS_COUNT_MAX = 200;

/** Open streams of a dashboard's listener; a further one is told to come back later. */
export const DASHBOARD_STREAM_COUNT_MAX = 64;

/** Decisions that wait for a slow reader of a stream before it is closed; it resumes where it was. */
export const DASHBOARD_STREAM_BACKLOG_COUNT_MAX = 1_000;

/** Points of one series, and decisions of one replay of a stream. */
export const DASHBOARD_SERIES_POINT_COUNT_MAX = 6_000;

/** Decisions of one page of a timeline. */
export const DASHBOARD_TIMELINE_COUNT_MAX = 200;

/** Files of the web page, and their bytes in all. */
export const DASHBOARD_ASSET_BYTES_MAX = 8 * 1024 * 1024;

/** Most that an exec credential program may write: a token and a certificate chain are a few KiB. */
export const EXEC_CREDENTIAL_BYTES_MAX = 1024 * 1024;

/** Objects that the embedded API server holds before it refuses new ones. */
export const API_SERVER_OBJECTS_MAX = 200_000;

/** Changes of one resource that the embedded API server keeps for watches; older starts are answered with 410. */
export const API_SERVER_EVENTS_PER_RESOURCE_MAX = 10_000;

/** Events that wait for a slow reader of a watch before the embedded API server ends the stream. */
export const API_SERVER_WATCH_BACKLOG_EVENTS_MAX = 50_000;

/** Largest body that the embedded API server takes, as upstream's for resource requests. */
export const API_SERVER_BODY_BYTES_MAX = 3 * 1024 * 1024;

/** ServiceAccount tokens that the embedded API server remembers; the oldest are forgotten. */
export const SERVICE_ACCOUNT_TOKENS_MAX = 10_000;

/** Series of events that a recorder remembers, as many as client-go. */
export const EVENT_CORRELATION_COUNT_MAX = 4096;

/** Events that wait to be written; beyond it new ones are dropped, as upstream does at 1,000 for each watcher. */
export const EVENT_QUEUE_COUNT_MAX = 10_000;

/** Head of a request to a server of ours: a user with some thousand groups still fits. */
export const LISTENER_HEAD_BYTES_MAX = 128 * 1024;

/** Summaries in one answer of `/decisions`. */
export const DECISION_LIST_COUNT_MAX = 10_000;

/** Bytes that a reader of the decision stream may be behind before it is cut off. */
export const DECISION_STREAM_BACKLOG_BYTES_MAX = 8 * 1024 * 1024;

/** Objects whose fields' owners the embedded API server remembers for server-side apply. */
export const API_SERVER_OWNED_OBJECTS_MAX = 5_000;

/**
 * Output of one container of the lab's world that is kept for its log, older output being forgotten first; and that waits for
 * one who follows the log, who is then let go.
 */
export const CONSOLE_TEXT_LENGTH_MAX = 256 * 1024;

/** Longest line that is read as a scenario; a story of a thousand steps with a hundred pods each has some 20 MB. */
export const SCENARIO_LINE_BYTES_MAX = 64 * 1024 * 1024;

/** How deep lists and objects of a scenario's line may stand in each other. */
export const SCENARIO_DEPTH_MAX = 100;

/** The longest list of pods of one step of a scenario. */
export const SCENARIO_PODS_MAX = 100_000;

/** Messages of an attached client that wait for a reader before the client is made to wait. */
export const API_SERVER_ATTACHED_CHUNKS_MAX = 256;

/** Output, in bytes, that waits for an attached client to read it before the client is let go. */
export const API_SERVER_ATTACHED_BACKLOG_BYTES_MAX = 8 * 1024 * 1024;

/** Events that the embedded API server keeps; the oldest give way, as they would after an hour upstream. */
export const API_SERVER_EVENT_OBJECTS_MAX = 20_000;

/** Streams of decisions that are open at once. */
export const DECISION_STREAM_COUNT_MAX = 200;

/** Times between status writes of the acting controller that an observer remembers of one HPA. */
export const OBSERVED_STATUS_GAPS_COUNT_MAX = 8;

/** Longest period that an observer takes the acting controller to have because its status writes are rare. */
export const OBSERVED_PERIOD_MS_MAX = 300_000;

/** Moves without agreement that an observer keeps of one HPA. */
export const OBSERVED_MOVES_PER_HPA_COUNT_MAX = 50;

/** Moves without agreement that an observer keeps in all. */
export const OBSERVED_MOVES_COUNT_MAX = 2_000;

/** HPAs that an observer counts verdicts of; beyond it the one that has been quiet for longest is left out. */
export const OBSERVED_HPAS_COUNT_MAX = 20_000;

/** Annotations of one HPA that are reported as ignored; annotations may be 256 KiB in all. */
export const HPA_OPTION_PROBLEMS_COUNT_MAX = 8;

/** Longest reason of a pause, and what is shown of a value that breaks its rule. */
export const HPA_OPTION_TEXT_LENGTH_MAX = 200;

/** Longest query that an HPA may bring along as an annotation; it is parsed at every sync. */
export const HPA_QUERY_LENGTH_MAX = 8_192;

/** Values that the query of one HPA's metric may make; they are added up, and a list of more is a mistake. */
export const HPA_QUERY_VALUES_COUNT_MAX = 1_000;

/** Queries of HPAs of which it is remembered that their several values were told of; the oldest give way. */
export const HPA_QUERIES_TOLD_COUNT_MAX = 10_000;

/** Answers to who owns an object that are remembered; the oldest give way. */
export const OWNER_CACHE_COUNT_MAX = 20_000;

/** Owners that one sync asks the API server for; an HPA that needs more holds. */
export const OWNER_READS_PER_SYNC_COUNT_MAX = 100;

/** How far up the owners of a pod are followed: Deployment, ReplicaSet and pod are two steps. */
export const OWNER_DEPTH_MAX = 4;

/** Log lines that wait for a reader of standard error before further ones are dropped. */
export const LOG_BACKLOG_BYTES_MAX = 1024 * 1024;

/** Largest answer of a kubelet, decompressed: some thirty thousand containers. */
export const KUBELET_ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** How much of a kubelet's refusal is read and shown. */
export const KUBELET_REFUSAL_BYTES_MAX = 1024;

/** Scrapes of kubelets under way at once. */
export const KUBELET_SCRAPES_COUNT_MAX = 256;

/** A scrape that has been under way for longer gives its place to another. */
export const KUBELET_SCRAPE_SLOW_MS = 1_000;

/** Scrapes under way that have given up their place; beyond it they keep it. */
export const KUBELET_SLOW_SCRAPES_COUNT_MAX = 4_096;

/** Scrapes under way at once through the API server, which others need too; as many more when these take long. */
export const PROBE_SCRAPES_COUNT_MAX = 32;

/** Longest path that a node's annotation may name. */
export const KUBELET_PATH_LENGTH_MAX = 253;

/** Largest answer of a Prometheus server to a query, decompressed, unless its backend says otherwise. */
export const PROMETHEUS_ANSWER_BYTES_MAX = 10 * 1024 * 1024;

/** Series in one answer to a query, unless its backend says otherwise. */
export const PROMETHEUS_SERIES_COUNT_MAX = 100_000;

/** Longest wait for a list of series, unless its backend's deadline is longer; folded while it arrives, it has no other bound. */
export const PROMETHEUS_SERIES_LIST_MS_MAX = 60_000;

/** Different pairs of a metric's name and its set of label names in one list of series. */
export const PROMETHEUS_LABEL_SETS_COUNT_MAX = 200_000;

/** One series with its points, or one other element of an answer: 11,000 points, as many as Prometheus gives, fit many times. */
export const PROMETHEUS_ELEMENT_BYTES_MAX = 4 * 1024 * 1024;

/** What an answer holds beside its series: the status, warnings and infos. */
export const PROMETHEUS_ENVELOPE_BYTES_MAX = 1024 * 1024;

/** How much of a refusal that is not Prometheus' JSON is read and shown. */
export const PROMETHEUS_REFUSAL_TEXT_LENGTH_MAX = 300;

/** How much of a query is shown in a message. */
export const PROMETHEUS_SHOWN_QUERY_LENGTH_MAX = 500;

/** Longest PromQL expression that is read by its grammar, in characters: a thousand names of pods fit many times. */
export const PROMQL_EXPRESSION_LENGTH_MAX = 256 * 1024;

/** Longest URL that a query is sent in, unless the verb is fixed; longer ones travel in the body of a POST. */
export const PROMETHEUS_URL_LENGTH_MAX = 4_096;

/** Requests to one backend that wait for a place; a further one is refused at once. */
export const PROMETHEUS_WAITING_REQUESTS_COUNT_MAX = 1_000;

/** Lists of series, label values and metadata that one backend is asked for at once, beside its queries. */
export const PROMETHEUS_LISTS_COUNT_MAX = 2;

/** Answers of one backend that are kept for the freshness that it allows; the oldest give way. */
export const PROMETHEUS_KEPT_ANSWERS_COUNT_MAX = 1_000;

/** Series in all answers that are kept for one backend. */
export const PROMETHEUS_KEPT_SERIES_COUNT_MAX = 200_000;

/** Objects that one query asks for on behalf of several who ask; who asks for more is not put together with others. */
export const PROMETHEUS_JOINT_OBJECTS_COUNT_MAX = 256;

/** How long somebody who has read a metric is expected to read again: HPAs ask every 15 s, or every minute where one says so. */
export const METRIC_READER_EXPECTED_MS = 150_000;

/** Objects of one backend's queries that are remembered, so that they are asked for together; the oldest give way. */
export const PROMETHEUS_REMEMBERED_OBJECTS_COUNT_MAX = 50_000;

/** Redirects of one request that are followed, all within the same host. */
export const PROMETHEUS_REDIRECTS_COUNT_MAX = 3;

/** Pods of one answer that are put together before others get a turn of the event loop. */
export const USAGE_LIST_SLICE_COUNT = 4_096;

/** Largest discovery or OpenAPI document that the embedded API server reads from the backend of an APIService. */
export const REMOTE_DOCUMENT_BYTES_MAX = 8 * 1024 * 1024;

/** Points of one pod's or node's meter that the lab keeps; beyond it the oldest go, whatever their age. */
export const METER_POINTS_COUNT_MAX = 512;

/** Longest path that a kubelet of the lab compares with those that it serves. */
export const LAB_KUBELET_PATH_LENGTH_MAX = 200;

/** Pods of a lab that are processes of this machine; for more its node has no room. */
export const REAL_PODS_COUNT_MAX = 32;

/** Pods of a lab that are programs in the lab's own process, each of which measures the whole of it. */
export const HOSTED_PODS_COUNT_MAX = 16;

/** Containers of one pod that is processes of this machine. */
export const REAL_POD_CONTAINERS_COUNT_MAX = 4;

/** Connections that one load balancer of a lab holds open; further ones are refused. */
export const BALANCER_CONNECTIONS_COUNT_MAX = 4_096;

/** Requests of one load from outside that are under way; those beyond are counted as failed. */
export const REAL_LOAD_IN_FLIGHT_COUNT_MAX = 512;

/** Longest wait before a container that keeps falling is started again, as upstream's. */
export const CONTAINER_RESTART_BACKOFF_MS_MAX = 300_000;

/** Connections of one load test. */
export const LOAD_TEST_CONNECTIONS_COUNT_MAX = 4_096;

/** Metrics of several sources that are named one by one. */
export const METRIC_OVERLAPS_COUNT_MAX = 100;

/** Requests to another metrics server that are under way for those who ask here; further ones are refused at once. */
export const PASS_THROUGH_REQUESTS_COUNT_MAX = 256;

/** Largest answer of another metrics server: some fifty thousand values, or as many metrics. */
export const PASS_THROUGH_ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Longest template of an adapter's rule. */
export const ADAPTER_TEMPLATE_LENGTH_MAX = 64 * 1024;

/** How deep parentheses, controls and calls of a rule's template may stand in each other. */
export const ADAPTER_TEMPLATE_DEPTH_MAX = 100;

/** Steps that one rendering of a rule's template may take: nodes that are walked and operands that are evaluated. */
export const ADAPTER_TEMPLATE_STEPS_COUNT_MAX = 200_000;

/** Longest text that a rule's template may make: a query that names some 20,000 pods. */
export const ADAPTER_TEMPLATE_OUTPUT_LENGTH_MAX = 2 * 1024 * 1024;

/** Widest field that `printf` in a rule's template may fill; a wider one is refused as Go refuses a million. */
export const ADAPTER_TEMPLATE_WIDTH_MAX = 10_000;

/** Longest configuration of an adapter: a ConfigMap takes some 1,000 KiB. */
export const ADAPTER_CONFIG_LENGTH_MAX = 1024 * 1024;

/** Files of rules in one folder of an adapter. */
export const ADAPTER_CONFIG_FILES_COUNT_MAX = 200;

/** Values of an adapter's configuration, those counted again that an alias repeats. */
export const ADAPTER_CONFIG_VALUES_COUNT_MAX = 100_000;

/** How deep the values of an adapter's configuration may stand in each other; upstream's own are six deep. */
export const ADAPTER_CONFIG_DEPTH_MAX = 50;

/** Findings about one configuration that are kept; more of them help nobody. */
export const ADAPTER_FINDINGS_COUNT_MAX = 1_000;

/** Objects that one question about a metric asks Prometheus for; it is for a person, who reads no more. */
export const ADAPTER_TRACED_OBJECTS_COUNT_MAX = 500;

/** Names of kinds that a mapper remembers what they mean; beyond it forgets all. */
export const NORMALIZED_KINDS_COUNT_MAX = 1_024;

/** Metrics of one adapter, for each resource one; further ones are left out and counted. */
export const ADAPTER_METRICS_COUNT_MAX = 200_000;

/** Series of one selector, by name and label names, that newer lists do not have and that stay for a while all the same. */
export const ADAPTER_MISSED_SERIES_COUNT_MAX = 20_000;

/** Labels of which an adapter's rule remembers what they mean; what further ones mean is found out anew each time. */
export const ADAPTER_LABELS_REMEMBERED_COUNT_MAX = 10_000;

/** Series that the lab's Prometheus keeps; a sample of one more is refused. */
export const LAB_PROMETHEUS_SERIES_COUNT_MAX = 10_000;

/** Samples of one series that the lab's Prometheus keeps, the oldest being forgotten first: two hours with one every 10 s. */
export const LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX = 720;

/** Samples that one query of the lab's Prometheus may look at, those of all its instants together. */
export const LAB_PROMETHEUS_QUERY_SAMPLES_COUNT_MAX = 2_000_000;

/** How deep the parts of an expression may stand in each other for the lab's Prometheus to evaluate it. */
export const LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX = 200;

/** Instants of one range query of the lab's Prometheus, as many as Prometheus itself gives. */
export const LAB_PROMETHEUS_INSTANTS_COUNT_MAX = 11_000;

/** Largest form that is sent to the lab's Prometheus: the longest expression fits, written in percent signs. */
export const LAB_PROMETHEUS_FORM_BYTES_MAX = 1024 * 1024;

/** Largest page of metrics that the lab's Prometheus reads. */
export const LAB_SCRAPE_PAGE_BYTES_MAX = 4 * 1024 * 1024;

/** Targets that the lab's Prometheus scrapes; further ones are left out and reported. */
export const LAB_SCRAPE_TARGETS_COUNT_MAX = 1_000;

/** Listeners of a lab on this machine for ports of Services. */
export const LAB_SERVICE_LISTENERS_COUNT_MAX = 64;

/** Metrics of HPAs that one diagnosis names one by one as not listed. */
export const DOCTOR_METRICS_COUNT_MAX = 200;

/** Metrics whose failures an adapter tells of in its log; further ones are only counted while as many fail. */
export const ADAPTER_TOLD_FAILURES_COUNT_MAX = 1_000;
