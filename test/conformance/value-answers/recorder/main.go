package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	apierr "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/rest"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	"k8s.io/metrics/pkg/apis/external_metrics"

	openapicommon "k8s.io/kube-openapi/pkg/common"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver"
	generatedcore "sigs.k8s.io/custom-metrics-apiserver/pkg/generated/openapi/core"
	generatedcustommetrics "sigs.k8s.io/custom-metrics-apiserver/pkg/generated/openapi/custommetrics"
	generatedexternalmetrics "sigs.k8s.io/custom-metrics-apiserver/pkg/generated/openapi/externalmetrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/provider"
)

var at = metav1.Time{Time: time.Date(2026, 3, 1, 10, 0, 0, 900e6, time.UTC)}

type custom struct{}

func (custom) ListAllMetrics() []provider.CustomMetricInfo {
	info := func(r string, n bool, m string) provider.CustomMetricInfo {
		return provider.CustomMetricInfo{GroupResource: schema.ParseGroupResource(r), Namespaced: n, Metric: m}
	}
	return []provider.CustomMetricInfo{
		info("deployments.apps", true, "lag"),
		info("namespaces", false, "lag"),
		info("pods", true, "lag"),
		info("pods", true, "orders"),
	}
}

func refusal(gr schema.GroupResource, metric, name string) error {
	switch metric {
	case "unknown":
		return provider.NewMetricNotFoundError(gr, metric)
	case "norow":
		return provider.NewMetricNotFoundForError(gr, metric, name)
	case "down":
		return apierr.NewInternalError(fmt.Errorf("unable to fetch metrics"))
	case "unlisted":
		return apierr.NewInternalError(fmt.Errorf("unable to list matching resources"))
	case "plain":
		return fmt.Errorf("encountered an unexpected query result type")
	}
	return nil
}

func value(namespace, name string, info provider.CustomMetricInfo, described string, sel labels.Selector) (*custom_metrics.MetricValue, error) {
	v := &custom_metrics.MetricValue{
		DescribedObject: custom_metrics.ObjectReference{APIVersion: "/v1", Kind: described, Namespace: namespace, Name: name},
		Metric:          custom_metrics.MetricIdentifier{Name: info.Metric},
		Timestamp:       at,
		Value:           resource.MustParse("12500m"),
	}
	if info.GroupResource.Group != "" {
		v.DescribedObject.APIVersion = info.GroupResource.Group + "/v1"
	}
	if info.Metric == "windowed" {
		w := int64(60)
		v.WindowSeconds = &w
	}
	if info.Metric == "negative" {
		v.Value = resource.MustParse("-500m")
	}
	if !sel.Empty() {
		s, err := metav1.ParseToLabelSelector(sel.String())
		if err != nil {
			return nil, err
		}
		v.Metric.Selector = s
	}
	return v, nil
}

func described(info provider.CustomMetricInfo, sel string) string {
	return fmt.Sprintf("%s namespaced=%t %s", info.GroupResource.String(), info.Namespaced, sel)
}

func (custom) GetMetricByName(_ context.Context, name types.NamespacedName, info provider.CustomMetricInfo, sel labels.Selector) (*custom_metrics.MetricValue, error) {
	if err := refusal(info.GroupResource, info.Metric, name.Name); err != nil {
		return nil, err
	}
	return value(name.Namespace, name.Name, info, described(info, "by name"), sel)
}

func (custom) GetMetricBySelector(_ context.Context, namespace string, selector labels.Selector, info provider.CustomMetricInfo, sel labels.Selector) (*custom_metrics.MetricValueList, error) {
	if err := refusal(info.GroupResource, info.Metric, "*"); err != nil {
		return nil, err
	}
	items := []custom_metrics.MetricValue{}
	if info.Metric != "none" {
		for _, name := range []string{"p1", "p2"} {
			v, err := value(namespace, name, info, described(info, "["+selector.String()+"]"), sel)
			if err != nil {
				return nil, err
			}
			items = append(items, *v)
		}
	}
	return &custom_metrics.MetricValueList{Items: items}, nil
}

type external struct{}

func (external) ListAllExternalMetrics() []provider.ExternalMetricInfo {
	return []provider.ExternalMetricInfo{{Metric: "backlog"}, {Metric: "queue_depth"}}
}

func (external) GetExternalMetric(_ context.Context, namespace string, sel labels.Selector, info provider.ExternalMetricInfo) (*external_metrics.ExternalMetricValueList, error) {
	gr := schema.GroupResource{}
	if namespace == "default" {
		gr.Resource = "namespaces"
	}
	if err := refusal(gr, info.Metric, ""); err != nil {
		return nil, err
	}
	v := external_metrics.ExternalMetricValue{MetricName: info.Metric, Timestamp: at, Value: resource.MustParse("42")}
	switch info.Metric {
	case "none":
		return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{}}, nil
	case "scalar":
	case "bare":
		v.MetricLabels = map[string]string{}
	case "windowed":
		w := int64(60)
		v.WindowSeconds = &w
		fallthrough
	default:
		v.MetricLabels = map[string]string{"namespace": namespace, "selector": sel.String()}
	}
	return &external_metrics.ExternalMetricValueList{Items: []external_metrics.ExternalMetricValue{v}}, nil
}

type question struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers,omitempty"`
}

type answer struct {
	question
	Status   int               `json:"status"`
	Answered map[string]string `json:"answered"`
	Body     string            `json:"body,omitempty"`
	Hex      string            `json:"hex,omitempty"`
}

func ask(address string, q question) (answer, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", q.Method, q.Path)
	for k, v := range q.Headers {
		fmt.Fprintf(conn, "%s: %s\r\n", k, v)
	}
	fmt.Fprint(conn, "\r\n")
	req, _ := http.NewRequest(q.Method, "http://x/", nil)
	res, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{question: q, Status: res.StatusCode, Answered: map[string]string{}}
	for k := range res.Header {
		switch k {
		case "Date", "Audit-Id", "Content-Length", "Connection":
		default:
			a.Answered[strings.ToLower(k)] = strings.Join(res.Header.Values(k), ", ")
		}
	}
	if strings.HasPrefix(string(body), "k8s\x00") {
		a.Hex = hex.EncodeToString(body)
	} else {
		a.Body = string(body)
	}
	return a, nil
}

func main() {
	config := genericapiserver.NewRecommendedConfig(apiserver.Codecs)
	config.ExternalAddress = "127.0.0.1:443"
	config.LoopbackClientConfig = &rest.Config{}
	merged := func(ref openapicommon.ReferenceCallback) map[string]openapicommon.OpenAPIDefinition {
		all := map[string]openapicommon.OpenAPIDefinition{}
		for _, get := range []openapicommon.GetOpenAPIDefinitions{generatedcore.GetOpenAPIDefinitions, generatedcustommetrics.GetOpenAPIDefinitions, generatedexternalmetrics.GetOpenAPIDefinitions} {
			for k, v := range get(ref) {
				all[k] = v
			}
		}
		return all
	}
	config.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(merged, openapinamer.NewDefinitionNamer(apiserver.Scheme))
	config.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(merged, openapinamer.NewDefinitionNamer(apiserver.Scheme))
	c := &apiserver.Config{GenericConfig: &config.Config}
	server, err := c.Complete(nil).New("probe", custom{}, external{})
	if err != nil {
		panic(err)
	}
	server.GenericAPIServer.PrepareRun()
	listener := httptest.NewServer(server.GenericAPIServer.Handler)
	defer listener.Close()
	address := listener.Listener.Addr().String()
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			panic(err)
		}
		a, err := ask(address, q)
		if err != nil {
			fmt.Fprintln(os.Stderr, q.Path, err)
			continue
		}
		out.Encode(a)
	}
}
